@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Starts the bundle's own Python; everything else is in the folder target.
rem A variable of this name would hide the real error level; the other one would lead to another Python.
set "ERRORLEVEL="
set "__PYVENV_LAUNCHER__="
if not exist "%~dp0boot\python.exe" goto incomplete
if not exist "%~dp0target\__main__.py" goto incomplete
"%~dp0boot\python.exe" -E -s -S -B -c "pass" >nul 2>nul
if not "%ERRORLEVEL%"=="0" goto unfit
"%~dp0boot\python.exe" -E -s -S -B "%~dp0target\__main__.py" %*
rem 1 and 2 are Python's own, when it can't even begin with a file: one of the bundle is damaged.
if "%ERRORLEVEL%"=="1" goto damaged
if "%ERRORLEVEL%"=="2" goto damaged
exit /b %ERRORLEVEL%

:damaged
echo A file in the folder target or boot is damaged. Copy the whole bundle again.
exit /b 1603

:incomplete
echo Unpack the whole archive first, then start bootstrap.bat in the unpacked folder:
echo beside this file there must be the folders boot and target.
rem Started from Explorer, the window would close before anybody has read it; without a keyboard this returns at once.
"%SystemRoot%\System32\timeout.exe" /t 30 2>nul
exit /b 1603

:unfit
echo The Python in the folder boot does not start on this machine. Either this Windows is too old
echo for it, or the bundle is for 64-bit Windows and this is a 32-bit one, or a file is damaged.
"%SystemRoot%\System32\timeout.exe" /t 30 2>nul
exit /b 1603
