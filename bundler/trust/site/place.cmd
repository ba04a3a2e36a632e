@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Puts this folder's files where only administrators can change them. Run once on each machine, and again whenever the policy or the
rem signers change, in an administrator's command prompt.
rem Every account may have made a folder there first. Its rights aren't changed: what lies in it would get them, and a link in it leads
rem elsewhere. A new one takes its place, and of the old one only the notes of bundles come along, each with the rights that it has.
set "ERRORLEVEL="
set "RANDOM="
set "FAULT="
set "OWN="
set "HOME=%~dp0"
set "SYSTEM=%SystemRoot%\System32"
if exist "%SystemRoot%\Sysnative\cmd.exe" set "SYSTEM=%SystemRoot%\Sysnative"
rem A DLL that a program lacks would be taken from the current folder.
cd /d "%SYSTEM%" 2>nul
set "ABOVE=%ProgramData%\bundle"
set "PLACE=%ABOVE%\trust"
if not defined ProgramData goto failed
set "NUMBER=%RANDOM%%RANDOM%"
set "NEW=%ProgramData%\bundle-new-%NUMBER%"
set "OLD=%ProgramData%\bundle-old-%NUMBER%"
for %%i in ("%ABOVE%" "%PLACE%") do (
  set "EACH=%%~i"
  call :nolink
)
if defined FAULT goto failed
mkdir "%NEW%" || goto failed
set "EACH=%NEW%"
call :guard
mkdir "%NEW%\trust" || set "FAULT=1"
set "EACH=%NEW%\trust"
call :guard
if defined FAULT goto failed
set "OWN=1"
for %%f in (allowed_signers policy bundle-check.cmd utf16-mark) do (
  copy /b /y "%HOME%%%f" "%NEW%\trust\%%f" >nul
  if not exist "%NEW%\trust\%%f" set "FAULT=1"
)
if defined FAULT goto failed
"%SYSTEM%\icacls.exe" "%NEW%\trust\*" /setowner *S-1-5-32-544 /q >nul
if not "%ERRORLEVEL%"=="0" goto failed
"%SYSTEM%\icacls.exe" "%NEW%\trust\*" /reset /q >nul
if not "%ERRORLEVEL%"=="0" goto failed
if not exist "%ABOVE%" goto swap
ren "%ABOVE%" "bundle-old-%NUMBER%" || goto failed
:swap
ren "%NEW%" bundle || goto failed
if not exist "%OLD%" goto placed
if exist "%OLD%\seen-*.json" move /y "%OLD%\seen-*.json" "%ABOVE%" >nul
rem To DEL the name of a folder, or of a link to one, is all that is in it. So what isn't an earlier one of ours is left as it is.
"%SystemRoot%\System32\cmd.exe" /d /c ""%PLACE%\bundle-check.cmd" /folder "%OLD%\trust"" >nul 2>nul
if "%ERRORLEVEL%"=="0" for %%f in (allowed_signers policy bundle-check.cmd utf16-mark sums) do if exist "%OLD%\trust\%%f" del /f /q "%OLD%\trust\%%f"
if exist "%OLD%\trust" rmdir "%OLD%\trust" 2>nul
rmdir "%OLD%" 2>nul
if exist "%OLD%" echo Something else lay there before. Look whose it is, and remove it: "%OLD%"
:placed
"%SystemRoot%\System32\cmd.exe" /d /c ""%PLACE%\bundle-check.cmd" /folder"
exit /b %ERRORLEVEL%

:nolink
if not exist "%EACH%" exit /b 0
set "LOOKS="
for %%i in ("%EACH%") do set "LOOKS=%%~ai"
if not defined LOOKS set "FAULT=1"
if defined LOOKS if not "%LOOKS:l=%"=="%LOOKS%" set "FAULT=1"
exit /b 0

:guard
rem First the owner, then the whole list in the place of what was there; owners have no more rights than others (S-1-3-4).
"%SYSTEM%\icacls.exe" "%EACH%" /setowner *S-1-5-32-544 /q >nul
if not "%ERRORLEVEL%"=="0" set "FAULT=1"
"%SYSTEM%\icacls.exe" "%EACH%" /reset /q >nul
if not "%ERRORLEVEL%"=="0" set "FAULT=1"
"%SYSTEM%\icacls.exe" "%EACH%" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX *S-1-3-4:(OI)(CI)RX /q >nul
if not "%ERRORLEVEL%"=="0" set "FAULT=1"
exit /b 0

:failed
echo The files weren't placed, or not all: start place.cmd in an administrator's command prompt. "%ABOVE%" mustn't be a link.
if exist "%OLD%" if not exist "%ABOVE%" ren "%OLD%" bundle
rem Until it was closed others could make folders in it. None is gone through: what it is now may be a link a moment later.
if defined OWN for %%f in (allowed_signers policy bundle-check.cmd utf16-mark) do if exist "%NEW%\trust\%%f" del /f /q "%NEW%\trust\%%f"
if exist "%NEW%\trust" rmdir "%NEW%\trust" 2>nul
if exist "%NEW%" rmdir "%NEW%" 2>nul
if exist "%NEW%" echo Somebody put something into this folder meanwhile. Look whose it is, and remove it: "%NEW%"
exit /b 1603
