r"""The engine `wine`: real Windows programs, run by Wine in namespaces without a network.

    bed = Bed(Cache(folder), Reporter())
    with bed.session(scratch / "prefix") as windows:
        windows.copy_in(installer, r"C:\setup.exe")
        assert windows.run([r"C:\setup.exe", "/quiet"]).returncode == 0

Where Wine 10 differs from Windows, so that a green run means something: `certutil -hashfile`, `icacls`, `powershell`,
`setx`, `schtasks` and `netsh` exit 0 and do nothing; `fltmc`, `tar`, `curl`, `takeown`, `timeout` and `runas` are missing;
`net session` is always 0; `mklink /J` and `/D` make links that don't work; virtual accounts of services are recorded and
not applied; `sc qc`, `sc config`, `sc sidtype` and a bare `sc query` are missing; msiexec gives 2, 1627, 1627 and 1 where
Windows gives 1619, 1620, 1603 and 1639, its `/fa` fails, its logs are ASCII; a PATH entry stays at uninstall.
"""
