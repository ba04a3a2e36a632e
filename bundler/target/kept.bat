@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem In the folder uninstall of an environment: starts the copy of the program that serves it now, which the file program names.
rem So its own place stays the same, whichever release is in use.
rem Programs may name this file by a path for devices, by which cmd starts nothing.
set "BUNDLE_FOLDER=%~dp0"
if /i "%BUNDLE_FOLDER:~0,8%"=="\\?\UNC\" set "BUNDLE_FOLDER=\\%BUNDLE_FOLDER:~8%"
if /i "%BUNDLE_FOLDER:~0,8%"=="\\.\UNC\" set "BUNDLE_FOLDER=\\%BUNDLE_FOLDER:~8%"
if "%BUNDLE_FOLDER:~0,4%"=="\\?\" set "BUNDLE_FOLDER=%BUNDLE_FOLDER:~4%"
if "%BUNDLE_FOLDER:~0,4%"=="\\.\" set "BUNDLE_FOLDER=%BUNDLE_FOLDER:~4%"
set "PROGRAM="
if exist "%BUNDLE_FOLDER%program" set /p PROGRAM=<"%BUNDLE_FOLDER%program"
if not defined PROGRAM goto missing
if not exist "%BUNDLE_FOLDER%%PROGRAM%\bootstrap.bat" goto missing
rem It takes the place of this file, of which nothing is read afterwards: an uninstallation removes both.
"%BUNDLE_FOLDER%%PROGRAM%\bootstrap.bat" %*

:missing
echo The copy of bootstrap.bat that serves this environment is not there. Looked for:
echo   "%BUNDLE_FOLDER%%PROGRAM%\bootstrap.bat"
echo Start bootstrap.bat of the bundle instead: any run of it makes a new copy.
exit /b 1603
