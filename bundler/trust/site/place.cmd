@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Puts this folder's files where only administrators can change them. Run once on each machine, and again whenever the policy or the
rem signers change, in an administrator's command prompt.
set "ERRORLEVEL="
set "HOME=%~dp0"
set "SYSTEM=%SystemRoot%\System32"
if exist "%SystemRoot%\Sysnative\cmd.exe" set "SYSTEM=%SystemRoot%\Sysnative"
set "ABOVE=%ProgramData%\bundle"
set "PLACE=%ABOVE%\trust"
if not defined ProgramData goto failed
for %%i in ("%ABOVE%" "%PLACE%") do (
  set "EACH=%%~i"
  call :guard
)
if defined FAULT goto failed
for %%f in (allowed_signers policy bundle-check.cmd utf16-mark) do (
  copy /b /y "%HOME%%%f" "%PLACE%\%%f" >nul
  if not exist "%PLACE%\%%f" set "FAULT=1"
)
if defined FAULT goto failed
rem What lay there before has the rights of the folder now, and no others.
"%SYSTEM%\icacls.exe" "%PLACE%\*" /setowner *S-1-5-32-544 /t /q >nul
if not "%ERRORLEVEL%"=="0" goto failed
"%SYSTEM%\icacls.exe" "%PLACE%\*" /reset /t /q >nul
if not "%ERRORLEVEL%"=="0" goto failed
"%SystemRoot%\System32\cmd.exe" /d /c ""%PLACE%\bundle-check.cmd" /folder"
exit /b %ERRORLEVEL%

:guard
rem First the owner, then the whole list in the place of what was there; owners have no more rights than others (S-1-3-4).
set "LOOKS="
if not exist "%EACH%\." mkdir "%EACH%"
for %%i in ("%EACH%") do set "LOOKS=%%~ai"
if not defined LOOKS set "FAULT=1"
if defined LOOKS if not "%LOOKS:l=%"=="%LOOKS%" set "FAULT=1"
if defined FAULT exit /b 0
"%SYSTEM%\icacls.exe" "%EACH%" /setowner *S-1-5-32-544 /q >nul
if not "%ERRORLEVEL%"=="0" set "FAULT=1"
"%SYSTEM%\icacls.exe" "%EACH%" /reset /q >nul
if not "%ERRORLEVEL%"=="0" set "FAULT=1"
"%SYSTEM%\icacls.exe" "%EACH%" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX *S-1-3-4:(OI)(CI)RX /q >nul
if not "%ERRORLEVEL%"=="0" set "FAULT=1"
exit /b 0

:failed
echo The files weren't placed, or not all: start place.cmd in an administrator's command prompt. "%ABOVE%" mustn't be a link.
exit /b 1603
