@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem In the folder uninstall of an environment: starts the copy of the program that serves it now, which the file program names.
rem So its own place stays the same, whichever release is in use.
set "PROGRAM="
if exist "%~dp0program" set /p PROGRAM=<"%~dp0program"
if not defined PROGRAM goto missing
if not exist "%~dp0%PROGRAM%\bootstrap.bat" goto missing
rem It takes the place of this file, of which nothing is read afterwards: an uninstallation removes both.
"%~dp0%PROGRAM%\bootstrap.bat" %*

:missing
echo The copy of bootstrap.bat that serves this environment is not there. Looked for:
echo   "%~dp0%PROGRAM%\bootstrap.bat"
echo Start bootstrap.bat of the bundle instead: any run of it makes a new copy.
exit /b 1603
