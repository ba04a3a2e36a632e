@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Starts the bundle's own Python; everything else is in the folder target.
rem A variable of this name would hide the real error level; the other one would lead to another Python.
set "ERRORLEVEL="
set "__PYVENV_LAUNCHER__="
rem Programs may name this file by a path for devices, by which cmd starts nothing.
set "BUNDLE_FOLDER=%~dp0"
if /i "%BUNDLE_FOLDER:~0,8%"=="\\?\UNC\" set "BUNDLE_FOLDER=\\%BUNDLE_FOLDER:~8%"
if /i "%BUNDLE_FOLDER:~0,8%"=="\\.\UNC\" set "BUNDLE_FOLDER=\\%BUNDLE_FOLDER:~8%"
if "%BUNDLE_FOLDER:~0,4%"=="\\?\" set "BUNDLE_FOLDER=%BUNDLE_FOLDER:~4%"
if "%BUNDLE_FOLDER:~0,4%"=="\\.\" set "BUNDLE_FOLDER=%BUNDLE_FOLDER:~4%"
rem What Windows drops at the end of a name: it takes the folder itself for another one.
if "%BUNDLE_FOLDER:~-2%"==".\" goto ending
if "%BUNDLE_FOLDER:~-2%"==" \" goto ending
if not exist "%BUNDLE_FOLDER%boot\python.exe" goto incomplete
if not exist "%BUNDLE_FOLDER%target\__main__.py" goto incomplete
rem From 3.11 on a Python takes the library beside such a file, until it was mended (CVE-2026-12003).
if exist "%BUNDLE_FOLDER%..\Modules\Setup.local" goto landmark
rem Without it Windows would show a box with the name of a DLL, and wait until somebody clicks it away.
if not defined SystemRoot goto start
if exist "%BUNDLE_FOLDER%boot\vcruntime140.dll" if not exist "%BUNDLE_FOLDER%boot\ucrtbase.dll" if not exist "%SystemRoot%\System32\ucrtbase.dll" goto nouniversal

:start
rem What Windows says of a program that it doesn't start stays on the screen. Python 3.8 starts without an update of Windows 7 that it
rem needs to load its own modules. It mustn't look for them in the current folder, where others may have put some, nor in folders that
rem a Python before 3.11 finds in the registry, where programs have left them.
"%BUNDLE_FOLDER%boot\python.exe" -E -s -S -B -c "import sys; sys.path = [each for each in sys.path if sys.prefix in each]; import ctypes"
if not "%ERRORLEVEL%"=="0" goto unfit
rem Whether cmd was started for this file alone, so that its window closes with it. Quotes would end those around it.
set "BUNDLE_CMD_LINE="
if defined CMDCMDLINE set "BUNDLE_CMD_LINE=%CMDCMDLINE:"=%"
"%BUNDLE_FOLDER%boot\python.exe" -E -s -S -B "%BUNDLE_FOLDER%target\__main__.py" %*
rem 1 and 2 are Python's own, when it can't even begin with a file: one of the bundle is damaged.
if "%ERRORLEVEL%"=="1" goto damaged
if "%ERRORLEVEL%"=="2" goto damaged
exit /b %ERRORLEVEL%

:damaged
echo A file in the folder target or boot is damaged. Copy the whole bundle again.
exit /b 1603

:incomplete
echo Unpack the whole archive first, then start bootstrap.bat in the unpacked folder:
echo beside this file there must be the folders boot and target. Looked for:
echo   "%BUNDLE_FOLDER%boot\python.exe"
echo   "%BUNDLE_FOLDER%target\__main__.py"
echo If that is another folder than this file's, its name holds what cmd reads otherwise: move it to a folder with a plain name.
goto unread

:ending
echo The name of this folder ends with a dot or a blank, which Windows drops:
echo   "%BUNDLE_FOLDER%"
echo Rename it, or unpack the archive into another folder, and start bootstrap.bat there. Nothing was changed.
goto unread

:landmark
echo Beside this folder there is Modules\Setup.local: the bundle's own Python would take the library there for its own
echo (CVE-2026-12003). Look who put it there, or move this folder into one that only administrators may change.
echo Nothing was changed.
goto unread

:nouniversal
echo This Windows lacks the Universal C Runtime (ucrtbase.dll), which every Python from 3.5 on needs.
echo It comes with Windows Update, or with KB2999226: https://support.microsoft.com/kb/2999226
echo Nothing was changed.
goto unread

:unfit
set "CODE=%ERRORLEVEL%"
set "BUNDLE="
for /f "usebackq delims=" %%l in ("%BUNDLE_FOLDER%README.txt") do if not defined BUNDLE set "BUNDLE=%%l"
if not defined BUNDLE set "BUNDLE=unknown"
set "WINDOWS=Windows"
for /f "delims=" %%v in ('ver') do set "WINDOWS=%%v"
set "PROCESSOR=%PROCESSOR_ARCHITECTURE%"
if defined PROCESSOR_ARCHITEW6432 set "PROCESSOR=%PROCESSOR_ARCHITEW6432%"
echo The bundle's own Python, boot\python.exe, does not start (exit code %CODE%). Nothing was changed.
echo What Windows or Python says of it, if anything, stands above.
echo   bundle:  "%BUNDLE%"
echo   machine: "%WINDOWS%, %PROCESSOR%"
if /i not "%PROCESSOR%"=="ARM64" if not "%BUNDLE:win_arm64=%"=="%BUNDLE%" goto processor
if /i "%PROCESSOR%"=="x86" if not "%BUNDLE:win_amd64=%"=="%BUNDLE%" goto processor
rem What a process ends with that Windows couldn't load (NTSTATUS).
if "%CODE%"=="-1073741515" goto nodll
if "%CODE%"=="-1073741511" goto old
rem What Windows says of a program that a policy refuses (system error codes).
if "%CODE%"=="1260" goto policy
if "%CODE%"=="4551" goto policy
if "%CODE%"=="577" goto policy
if exist "%BUNDLE_FOLDER%boot\vcruntime140.dll" if not "%WINDOWS: 6.1.=%"=="%WINDOWS%" goto seven
echo Known reasons, where nothing above names one:
echo - A policy of this machine (AppLocker, App Control, software restriction) or a virus scanner does not let
echo   it run. The event log names the file: Applications and Services Logs, Microsoft, Windows, AppLocker or
echo   CodeIntegrity. "bundle app-control", on the build host, makes rules for all programs of a bundle.
echo - This Windows is too old for it: README.txt names the lowest version.
echo - A file of the bundle is damaged: copy the whole bundle again.
goto unread

:policy
echo A policy of this machine does not let it run (AppLocker, App Control, or software restriction: error %CODE%).
echo The event log names the file: Applications and Services Logs, Microsoft, Windows, AppLocker or CodeIntegrity.
echo "bundle app-control", on the build host, makes rules for all programs of a bundle, for those who keep the policy.
goto unread

:processor
echo The bundle is for another processor than this machine has: it must be built for this one.
goto unread

:nodll
echo A DLL that it needs is missing (0xC0000135): a file of the bundle, if it is damaged, or one of Windows, if this
echo Windows is too old for it. Copy the whole bundle again; README.txt names the lowest version of Windows.
goto unread

:old
echo This Windows is too old for it: a function of Windows is missing (0xC0000139). README.txt names the lowest version.
goto unread

:seven
echo Python 3.8 on Windows 7 and Server 2008 R2 needs the update KB2533623, or KB3063858, which replaces it.
echo Without it no module of its own can be loaded ("The parameter is incorrect"). Later Pythons need a later Windows.
goto unread

:unread
rem Started from Explorer, the window would close before anybody has read it; without a keyboard this returns at once.
"%SystemRoot%\System32\timeout.exe" /t 30 2>nul
exit /b 1603
