@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Checks who signed a bundle before it is unpacked, by what this folder says. It comes from no bundle: an administrator placed it here.
rem Names of others are expanded within quotes only, never by call or delayed expansion, and are asked for plain characters first.
rem Variables of these names would hide what cmd itself says, or change what dir does.
set "ERRORLEVEL="
set "RANDOM="
set "DIRCMD="
set "CODE=1603"
set "SCRATCH="
set "HOME=%~dp0"
if "%HOME:~0,4%"=="\\?\" set "HOME=%HOME:~4%"
set "SYSTEM=%SystemRoot%\System32"
if exist "%SystemRoot%\Sysnative\cmd.exe" set "SYSTEM=%SystemRoot%\Sysnative"
set "LETTERS=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
set "MODE=check"
if /i "%~1"=="/folder" set "MODE=folder"
if "%~1"=="" goto usage
if not "%~3"=="" goto usage
set "GIVEN=%~2"
set "ARCHIVE="
for %%i in ("%~1") do (
  set "ARCHIVE=%%~fi"
  set "FOLDER=%%~dpi"
  set "FILE=%%~nxi"
  set "LOOKS=%%~ai"
)
rem A DLL that a program lacks would be taken from the current folder. It is as it was when this ends.
cd /d "%SYSTEM%" 2>nul

rem What programs say lies in a folder for a moment, where nobody else may write: here, if whoever runs this may; else in the account's own
rem profile. Others may write among its temporary files, and put another folder in the place of a new one. What lies in it already is no good.
set "G=G%RANDOM%%RANDOM%_"
set "SCRATCH=%HOME%check-%RANDOM%%RANDOM%"
mkdir "%SCRATCH%" 2>nul && goto scratched
if not defined LOCALAPPDATA goto noscratch
set "SCRATCH=%LOCALAPPDATA%\bundle-check-%RANDOM%%RANDOM%"
mkdir "%SCRATCH%" 2>nul || goto noscratch
"%SYSTEM%\icacls.exe" "%SCRATCH%" /inheritance:r /grant:r *S-1-3-4:(OI)(CI)F /q >nul 2>nul || goto noscratch
for %%f in (able acl acl16 acl8 errors list said sum) do if exist "%SCRATCH%\%%f" goto noscratch
:scratched

rem -- whether others than administrators decide what this folder says
set "FAULT="
for %%i in ("%HOME%.") do set "PLACE=%%~fi"
rem place.cmd asks so about the folder whose place this one has taken.
if "%MODE%"=="folder" if defined GIVEN for %%i in ("%GIVEN%") do set "PLACE=%%~fi"
set "INSIDE=1"
call :closed
set "KEPT=%PLACE%"
for %%f in (allowed_signers policy bundle-check.cmd utf16-mark) do (
  set "PLACE=%KEPT%\%%f"
  call :closed
)
set "PLACE=%KEPT%"
set "INSIDE="
:above
for %%i in ("%PLACE%\..") do set "NEXT=%%~fi"
if /i "%NEXT%"=="%PLACE%" goto looked
set "PLACE=%NEXT%"
call :closed
if not "%PLACE:~-1%"=="\" goto above
:looked
if defined FAULT goto open
if "%MODE%"=="folder" goto folderdone

rem -- the archive, its bundle's name, and what the policy wants of it
if not defined ARCHIVE goto noarchive
if not exist "%ARCHIVE%" goto noarchive
if /i "%LOOKS:~0,1%"=="d" goto noarchive
set "BAD="
for /f "eol=; delims=%LETTERS%._+-!" %%x in ("x%FILE%") do if not "%%x"=="" set "BAD=1"
if defined BAD goto oddname
set "BUNDLE="
set "ONE="
set "TWO="
set "THREE="
for %%i in ("%FILE%") do set "REST=%%~ni"
set "STEM=%REST%"
:parts
set "MORE="
for /f "eol=; tokens=1* delims=-" %%a in ("%REST%") do (
  set "PART=%%a"
  set "MORE=%%b"
)
if defined BUNDLE set "BUNDLE=%BUNDLE%-%ONE%"
if not defined BUNDLE if defined ONE set "BUNDLE=%ONE%"
set "ONE=%TWO%"
set "TWO=%THREE%"
set "THREE=%PART%"
set "REST=%MORE%"
if defined REST goto parts
if not "%BUNDLE%-%ONE%-%TWO%-%THREE%"=="%STEM%" goto oddname
if not defined BUNDLE goto oddname

if not exist "%HOME%policy" goto nopolicy
set "BAD="
set "FOUND="
set "DEFAULT="
for /f "usebackq eol=# tokens=1-3*" %%a in ("%HOME%policy") do if not "%%a"=="" (
  set "NAME=%%a"
  set "LEAST=%%b"
  set "SPACE=%%c"
  set "WHO=%%d"
  if not "%%a"=="*" for /f "eol=; delims=%LETTERS%_-" %%x in ("x%%a") do if not "%%x"=="" set "BAD=1"
  for /f "eol=; delims=0123456789" %%x in ("0%%b") do if not "%%x"=="" set "BAD=1"
  for /f "eol=; delims=%LETTERS%@._+-" %%x in ("x%%c") do if not "%%x"=="" set "BAD=1"
  for /f "eol=; delims=%LETTERS%@._+- " %%x in ("x%%d") do if not "%%x"=="" set "BAD=1"
  if "%%c"=="" set "BAD=1"
  if not "%%b"=="0" if "%%d"=="" set "BAD=1"
  if not defined BAD call :line
)
if defined BAD goto badpolicy
if not defined FOUND if not defined DEFAULT goto unlisted
if not defined FOUND (
  set "THRESHOLD=%ANY_THRESHOLD%"
  set "NAMESPACE=%ANY_NAMESPACE%"
  set "PRINCIPALS=%ANY_PRINCIPALS%"
)

rem -- the sum on paper
set "SUM="
if not defined GIVEN goto signatures
set "BAD="
for /f "eol=; delims=0123456789ABCDEFabcdef" %%x in ("a%GIVEN%") do if not "%%x"=="" set "BAD=1"
if defined BAD goto badsum
set "PADDED=%GIVEN%.."
if "%PADDED:~63,1%"=="." goto badsum
if not "%PADDED:~64,1%"=="." goto badsum
"%SYSTEM%\certutil.exe" -hashfile "%ARCHIVE%" SHA256 >"%SCRATCH%\sum" 2>nul
if not "%ERRORLEVEL%"=="0" goto nosum
for /f "usebackq skip=1 delims=" %%l in ("%SCRATCH%\sum") do if not defined SUM set "SUM=%%l"
if not defined SUM goto nosum
set "SUM=%SUM: =%"
if /i not "%SUM%"=="%GIVEN%" goto othersum
echo The sum of "%FILE%" is the one that you gave.

:signatures
if "%THRESHOLD%"=="0" goto unsigned
set "KEYGEN="
for %%k in ("%ProgramFiles%\OpenSSH\ssh-keygen.exe" "%SYSTEM%\OpenSSH\ssh-keygen.exe" "%ProgramFiles%\Git\usr\bin\ssh-keygen.exe") do (
  set "TRIED=%%~k"
  call :able
)
if not defined KEYGEN goto nokeygen
set "NODES="
set "GOOD="
set "NUMBER=0"
dir /b /a-d "%ARCHIVE%.*" >"%SCRATCH%\list" 2>nul
for /f "usebackq eol=; delims=" %%s in ("%SCRATCH%\list") do (
  set "BAD="
  for /f "eol=; delims=%LETTERS%._+-!" %%x in ("x%%s") do if not "%%x"=="" set "BAD=1"
  if not defined BAD (
    set "SIGNATURE=%%s"
    call :signature
  )
)
if %NUMBER% GTR 32 goto toomany
set "COUNT=0"
for %%n in (%NODES%) do (
  set "NODE=%%n"
  call :root
)
if %COUNT% LSS %THRESHOLD% goto toofew
echo "%FILE%" is signed as this site asks of the bundle %BUNDLE%:
for %%n in (%GOOD%) do echo   %%n
echo Unpack this very file, in a folder that only administrators can change.
set "CODE=0"
goto end

rem ---- subroutines: none gets an argument

:line
rem One line of the policy. Two lines for one name are none. IF takes 010 for 8, and compares 08 as a text, which is less than 1.
if "%LEAST:~0,1%"=="0" if not "%LEAST%"=="0" set "BAD=1"
set "PADDED=%LEAST%..."
if not "%PADDED:~2,1%"=="." set "BAD=1"
if "%NAME%"=="*" (
  if defined DEFAULT set "BAD=1"
  set "DEFAULT=1"
  set "ANY_THRESHOLD=%LEAST%"
  set "ANY_NAMESPACE=%SPACE%"
  set "ANY_PRINCIPALS=%WHO%"
  exit /b 0
)
if /i not "%NAME%"=="%BUNDLE%" exit /b 0
if defined FOUND set "BAD=1"
set "FOUND=1"
set "THRESHOLD=%LEAST%"
set "NAMESPACE=%SPACE%"
set "PRINCIPALS=%WHO%"
exit /b 0

:able
if defined KEYGEN exit /b 0
if not exist "%TRIED%" exit /b 0
rem ssh-keygen before 8.1 says that there is no option Y.
"%TRIED%" -Y verify <nul >"%SCRATCH%\able" 2>&1
"%SYSTEM%\findstr.exe" /i /c:"option" "%SCRATCH%\able" >nul 2>nul
if not "%ERRORLEVEL%"=="0" set "KEYGEN=%TRIED%"
exit /b 0

:signature
if /i not "%SIGNATURE:~-4%"==".sig" exit /b 0
set /a NUMBER+=1
if %NUMBER% GTR 32 exit /b 0
set "SIZE=0"
set "ATTRIBUTES=l"
for %%i in ("%FOLDER%%SIGNATURE%") do (
  set "SIZE=%%~zi"
  set "ATTRIBUTES=%%~ai"
)
if not "%ATTRIBUTES:l=%"=="%ATTRIBUTES%" exit /b 0
if %SIZE% GTR 65536 exit /b 0
set "MADE="
for %%p in (%PRINCIPALS%) do (
  set "WHO=%%p"
  call :verify
)
if not defined MADE echo   no:     %SIGNATURE% counts for nobody who may sign
exit /b 0

:verify
set "KEY="
"%KEYGEN%" -Y verify -f "%HOME%allowed_signers" -I "%WHO%" -n "%NAMESPACE%" -s "%FOLDER%%SIGNATURE%" <"%ARCHIVE%" >"%SCRATCH%\said" 2>"%SCRATCH%\errors"
if not "%ERRORLEVEL%"=="0" exit /b 0
rem Good "NAMESPACE" signature for WHO with TYPE key SHA256:...
for /f "usebackq tokens=1,5,8,9" %%a in ("%SCRATCH%\said") do if "%%a %%b %%c"=="Good %WHO% key" set "KEY=%%d"
if not "%KEY:~0,7%"=="SHA256:" exit /b 0
set "KEY=%KEY:~7%"
set "BAD="
for /f "eol=; delims=%LETTERS%+/" %%x in ("x%KEY%") do if not "%%x"=="" set "BAD=1"
if defined BAD exit /b 0
echo   good:   %SIGNATURE%, by %WHO% (SHA256:%KEY%)
set "MADE=1"
set "GOOD=%GOOD% %WHO%"
set "LEFT=s/%NUMBER%"
set "RIGHT=%WHO%"
call :join
set "RIGHT=%KEY%"
call :join
exit /b 0

:join
rem One signature, who made it, and with which key belong together: whoever has several keys is one, and a key of several names is one.
for %%n in (%LEFT% %RIGHT%) do if not defined %G%%%n (
  set "%G%%%n=%%n"
  set "FRESH=%%n"
  call :fresh
)
call set "KEEP=%%%G%%LEFT%%%"
call set "DROP=%%%G%%RIGHT%%%"
for %%n in (%NODES%) do (
  set "NODE=%%n"
  call :relabel
)
exit /b 0

:fresh
set "NODES=%NODES% %FRESH%"
exit /b 0

:relabel
call set "LABEL=%%%G%%NODE%%%"
if "%LABEL%"=="%DROP%" set "%G%%NODE%=%KEEP%"
exit /b 0

:root
call set "LABEL=%%%G%%NODE%%%"
if "%LABEL%"=="%NODE%" set /a COUNT+=1
exit /b 0

:closed
rem Whether others may change PLACE, or move it where it lies above; by its list of rights in SDDL, which is the same in all languages.
rem The owner isn't in it: so an entry for OWNER RIGHTS must say that owners have no more than others, but for what Windows itself made.
if defined FAULT exit /b 0
if not exist "%PLACE%" goto unclear
set "ATTRIBUTES="
for %%i in ("%PLACE%") do set "ATTRIBUTES=%%~ai"
if defined ATTRIBUTES if not "%ATTRIBUTES:l=%"=="%ATTRIBUTES%" goto alink
set "OWNER=1"
if "%PLACE:~-1%"=="\" set "OWNER="
if /i "%PLACE%"=="%ProgramData%" set "OWNER="
if /i "%PLACE%"=="%ProgramFiles%" set "OWNER="
if /i "%PLACE%"=="%SystemRoot%" set "OWNER="
set "ASKED=%PLACE%"
if "%PLACE:~-1%"=="\" set "ASKED=%PLACE%."
del "%SCRATCH%\acl" "%SCRATCH%\acl16" "%SCRATCH%\acl8" >nul 2>nul
"%SYSTEM%\icacls.exe" "%ASKED%" /save "%SCRATCH%\acl" /q >nul 2>nul
if not "%ERRORLEVEL%"=="0" goto unclear
if not exist "%SCRATCH%\acl" goto unclear
rem It is UTF-16 without a mark; with one, type writes it in this console's letters.
copy /b /y "%HOME%utf16-mark"+"%SCRATCH%\acl" "%SCRATCH%\acl16" >nul 2>nul
type "%SCRATCH%\acl16" >"%SCRATCH%\acl8" 2>nul
set "LIST="
for %%f in (acl8 acl16) do for /f "usebackq delims=" %%l in ("%SCRATCH%\%%f") do (
  set "BAD="
  for /f "eol=. delims=%LETTERS%();:-_" %%x in ("x%%l") do if not "%%x"=="" set "BAD=1"
  if not defined BAD (
    set "LINE=%%l"
    call :listed
  )
)
if not defined LIST goto unclear
set "FLAGS="
if "%LIST%"=="D:" goto unclear
set "REST=%LIST:~2%"
if not "%REST:~0,1%"=="(" for /f "tokens=1* delims=(" %%a in ("%REST%") do (
  set "FLAGS=%%a"
  set "REST=%%b"
)
for /f "delims=PARI" %%x in ("P%FLAGS%") do if not "%%x"=="" goto unclear
:entries
if not defined REST goto entriesdone
set "ENTRY="
set "LATER="
for /f "tokens=1* delims=(" %%a in ("%REST%") do (
  set "ENTRY=%%a"
  set "LATER=%%b"
)
set "REST=%LATER%"
if not defined ENTRY goto unclear
set "TAIL="
for /f "tokens=1* delims=)" %%a in ("%ENTRY%") do (
  set "ENTRY=%%a"
  set "TAIL=%%b"
)
if defined TAIL if not "%TAIL:~0,2%"=="S:" goto unclear
if defined TAIL set "REST="
set "ENTRY=%ENTRY:;=;.%"
set "SID="
for /f "tokens=1-6 delims=;" %%a in ("%ENTRY%") do (
  set "KIND=%%a"
  set "INHERITS=%%b"
  set "RIGHTS=%%c"
  set "SID=%%f"
)
if "%KIND%"=="D" goto entries
if not "%KIND%"=="A" goto unclear
if not defined SID goto unclear
if "%SID%"=="." goto unclear
set "SID=%SID:~1%"
rem A dot ends them, so that there is always something left of them.
set "RIGHTS=%RIGHTS:~1%."
if not defined INSIDE if not "%INHERITS:IO=%"=="%INHERITS%" goto entries
for %%s in (SY BA LA CO S-1-3-0 S-1-5-18 S-1-5-32-544 S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464 DA EA) do if "%SID%"=="%%s" goto entries
if "%SID:~0,9%"=="S-1-5-21-" for %%s in (-500 -512 -519) do if "%SID:~-4%"=="%%s" goto entries
if "%RIGHTS:~0,2%"=="0x" goto mask
:pairs
if "%RIGHTS%"=="." goto entryright
set "PAIR=%RIGHTS:~0,2%"
set "RIGHTS=%RIGHTS:~2%"
set "KNOWN="
for %%r in (FR FX GR GX RC CC SW RP WP LO CR) do if "%PAIR%"=="%%r" set "KNOWN=1"
if not defined INSIDE for %%r in (DC LC FW GW) do if "%PAIR%"=="%%r" set "KNOWN=1"
if "%PLACE:~-1%"=="\" if "%PAIR%"=="SD" set "KNOWN=1"
if not defined KNOWN goto others
goto pairs
:mask
set "VALUE="
set /a VALUE=%RIGHTS:~0,-1% 2>nul
if not defined VALUE goto unclear
set "WANTED=0x100D0040"
if "%PLACE:~-1%"=="\" set "WANTED=0x100C0040"
if defined INSIDE set "WANTED=0x500D0046"
set /a "VALUE=VALUE & %WANTED%"
if not "%VALUE%"=="0" goto others
:entryright
if "%SID%"=="OW" set "OWNER="
if "%SID%"=="S-1-3-4" set "OWNER="
goto entries
:entriesdone
if defined OWNER set FAULT="%PLACE%": whoever owns it may change who may change it. place.cmd ends that.
exit /b 0
:others
set FAULT="%PLACE%" can be changed, or moved, by others than administrators (%SID%).
exit /b 0
:unclear
set FAULT="%PLACE%": who may change it can't be found out (icacls /save).
exit /b 0
:alink
set FAULT="%PLACE%" is a link.
exit /b 0

:listed
if defined LIST exit /b 0
if "%LINE:~0,2%"=="D:" set "LIST=%LINE%"
exit /b 0

rem ---- how it ends

:usage
echo bundle-check.cmd X.zip          checks who signed the bundle X.zip, by the policy and the allowed_signers beside this file
echo bundle-check.cmd X.zip SHA256   compares its sum with the one on paper too, or alone where Windows has no ssh-keygen for it
echo bundle-check.cmd /folder        checks that only administrators can change this folder
echo Exit codes: 0 it is what the policy asks for, 1625 it isn't: don't unpack it, 1603 it couldn't be checked, 1639 wrong arguments
exit /b 1639

:noscratch
echo No folder that nobody else can write to can be made in "%LOCALAPPDATA%".
exit /b 1603

:folderdone
echo Only administrators can change this folder: "%KEPT%"
set "CODE=0"
goto end

:open
echo What this folder says decides nothing, since others may have written it:
echo   %FAULT%
set "CODE=1625"
goto end

:noarchive
echo There is no such file. Give one archive: bundle-check.cmd X.zip
set "CODE=1639"
goto end

:oddname
echo "%FILE%" isn't the name that a build gives to an archive, NAME-VERSION-PYTHON-PLATFORM.zip: the policy goes by it.
echo Ask for the file under its own name.
set "CODE=1625"
goto end

:nopolicy
echo There is no file policy in "%HOME%".
goto end

:badpolicy
echo "%HOME%policy" is malformed: each line needs a bundle's name, a number of signers, a namespace, and names of signers, and each
echo bundle one line.
goto end

:unlisted
echo The policy has no line for the bundle %BUNDLE%, and none for all others (*): it isn't to be installed here.
set "CODE=1625"
goto end

:badsum
echo A SHA-256 has 64 digits of 0 to 9 and a to f.
set "CODE=1639"
goto end

:nosum
echo certutil.exe says no sum of "%FILE%".
goto end

:othersum
echo The sum of "%FILE%" is another one than you gave: don't unpack it.
echo   it is:    %SUM%
echo   you gave: %GIVEN%
set "CODE=1625"
goto end

:unsigned
echo The policy asks for no signature of the bundle %BUNDLE%.
set "CODE=0"
goto end

:nokeygen
if defined SUM goto sumonly
echo This Windows has no ssh-keygen that can verify (OpenSSH 8.1 or later). Compare the sum that came on paper:
echo   bundle-check.cmd X.zip SHA256
goto end

:sumonly
echo No ssh-keygen here can verify (OpenSSH 8.1 or later), so the sum decides: it says that it is that very file, and not who made it.
>>"%HOME%sums" echo %SUM% %FILE%
"%SYSTEM%\findstr.exe" /i /c:"%SUM%" "%HOME%sums" >nul 2>nul
if "%ERRORLEVEL%"=="0" echo It is noted in "%HOME%sums", so that bootstrap.bat takes it too.
if not "%ERRORLEVEL%"=="0" echo It couldn't be noted in "%HOME%sums": for bootstrap.bat, let an administrator do this.
set "CODE=0"
goto end

:toomany
echo More than 32 signatures lie beside "%FILE%": leave only those that are asked for beside it.
set "CODE=1625"
goto end

:toofew
echo "%FILE%" is signed by %COUNT% of those who may sign the bundle %BUNDLE%, and must be by %THRESHOLD%. Don't unpack it.
echo Signatures lie beside the archive, as NAME.zip.DIGITS.sig; those who may sign it: %PRINCIPALS%
if exist "%SCRATCH%\errors" type "%SCRATCH%\errors"
set "CODE=1625"
goto end

:end
if defined SCRATCH rmdir /s /q "%SCRATCH%" 2>nul
exit /b %CODE%
