/* A python-X.Y.Z.exe that takes python.org's silent options and installs the MSI that is its resource 1.
 *
 * Options: /quiet /passive /uninstall /repair /norestart /log FILE, InstallAllUsers= TargetDir= DefaultAllUsersTargetDir=
 * PrependPath= Include_pip= Include_test=; other Name=value pairs are logged and do nothing. The exit code is msiexec's;
 * 1602 without /quiet or /passive (there is nobody to ask), 87 for a switch that is not known.
 */
#include <windows.h>
#include <shlobj.h>
#include <stdio.h>
#include <stdarg.h>
#include <wchar.h>

#define LENGTH 4096
static wchar_t target[LENGTH], all_users_target[LENGTH], log_name[LENGTH];
static int quiet, uninstall, repair, all_users, prepend_path, pip = 1, tests = 1;
static FILE *log_file;

static void say(const wchar_t *format, ...)
{
    va_list arguments;

    if (!log_file)
        return;
    va_start(arguments, format);
    vfwprintf(log_file, format, arguments);
    va_end(arguments);
    fputwc(L'\n', log_file);
    fflush(log_file);
}

static int is_switch(const wchar_t *argument, const wchar_t *name)
{
    return (*argument == L'/' || *argument == L'-') && !_wcsicmp(argument + 1, name);
}

static const wchar_t *value_of(const wchar_t *argument, const wchar_t *name)
{
    size_t length = wcslen(name);

    return !_wcsnicmp(argument, name, length) && argument[length] == L'=' ? argument + length + 1 : NULL;
}

static int is_log(const wchar_t *argument)
{
    return is_switch(argument, L"log") || is_switch(argument, L"l");
}

static void open_log(int argc, wchar_t **argv)
{
    GetTempPathW(LENGTH, log_name);
    wcscat(log_name, L"Python " VERSION L".log");
    for (int i = 1; i < argc - 1; i++)
        if (is_log(argv[i]))
            wcscpy(log_name, argv[i + 1]);
    log_file = _wfopen(log_name, L"w");
    say(L"Python " VERSION L" installer (test bed); command line: %ls", GetCommandLineW());
}

static int understand(const wchar_t *argument)
{
    static const struct { const wchar_t *name; int *flag; } variables[] = {
        { L"InstallAllUsers", &all_users }, { L"PrependPath", &prepend_path },
        { L"Include_pip", &pip }, { L"Include_test", &tests },
    };
    const wchar_t *value;

    if (is_switch(argument, L"quiet") || is_switch(argument, L"q") || is_switch(argument, L"passive"))
        quiet = 1;
    else if (is_switch(argument, L"uninstall"))
        uninstall = 1;
    else if (is_switch(argument, L"repair"))
        repair = 1;
    else if (is_switch(argument, L"norestart"))
        ;
    else if ((value = value_of(argument, L"TargetDir")))
        wcscpy(target, value);
    else if ((value = value_of(argument, L"DefaultAllUsersTargetDir")))
        wcscpy(all_users_target, value);
    else if (wcschr(argument, L'=')) {
        for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
            if ((value = value_of(argument, variables[i].name))) {
                *variables[i].flag = _wtoi(value);
                return 1;
            }
        say(L"ignored variable: %ls", argument);
    } else {
        say(L"unknown argument: %ls", argument);
        return 0;
    }
    return 1;
}

static void choose_target(void)
{
    size_t length;

    if (!*target && all_users && *all_users_target)
        wcscpy(target, all_users_target);
    if (!*target) {
        SHGetFolderPathW(NULL, all_users ? CSIDL_PROGRAM_FILES : CSIDL_LOCAL_APPDATA, NULL, 0, target);
        wcscat(target, all_users ? L"\\Python" NODOT : L"\\Programs\\Python\\Python" NODOT);
    }
    length = wcslen(target);
    while (length > 3 && target[length - 1] == L'\\') /* a backslash would escape the quote that follows */
        target[--length] = 0;
}

static int unpack(const wchar_t *path)
{
    HRSRC resource = FindResourceW(NULL, MAKEINTRESOURCEW(1), (LPCWSTR)RT_RCDATA);
    FILE *file = _wfopen(path, L"wb");
    DWORD size = resource ? SizeofResource(NULL, resource) : 0;
    int done;

    if (!resource || !file)
        return 0;
    done = fwrite(LockResource(LoadResource(NULL, resource)), 1, size, file) == size;
    return !fclose(file) && done;
}

static DWORD run(wchar_t *line)
{
    STARTUPINFOW startup = { sizeof startup };
    PROCESS_INFORMATION process;
    SECURITY_ATTRIBUTES inherited = { sizeof inherited, NULL, TRUE };
    DWORD code = ERROR_INSTALL_FAILURE;

    say(L"run: %ls", line);
    /* A console program below one without a console gets dead handles in Wine (Python then exits 120): give it NUL. */
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = startup.hStdOutput = startup.hStdError = CreateFileW(
        L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        return code;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, LPWSTR arguments, int show)
{
    static wchar_t line[8 * LENGTH], properties[4 * LENGTH], package[LENGTH];
    int argc;
    wchar_t **argv = CommandLineToArgvW(GetCommandLineW(), &argc);
    DWORD code;

    open_log(argc, argv);
    for (int i = 1; i < argc; i++) {
        if (is_log(argv[i]))
            i++;
        else if (!understand(argv[i]))
            return ERROR_INVALID_PARAMETER;
    }
    if (!quiet) {
        say(L"there is nobody to ask: pass /quiet");
        return ERROR_INSTALL_USEREXIT;
    }
    GetTempPathW(LENGTH, package);
    swprintf(package + wcslen(package), 64, L"python-%lu.msi", GetCurrentProcessId());
    if (!unpack(package)) {
        say(L"cannot unpack to %ls", package);
        return ERROR_INSTALL_FAILURE;
    }
    choose_target();
    if (uninstall)
        wcscpy(properties, all_users ? L" ALLUSERS=1" : L"");
    else if (repair)
        wcscpy(properties, L" REINSTALL=ALL REINSTALLMODE=amus ALLUSERS=1");
    else
        swprintf(properties, 4 * LENGTH, L" TARGETDIR=\"%ls\"%ls ADDLOCAL=DefaultFeature,Extensions,TclTk,Documentation,Tools%ls%ls%ls",
                 target, all_users ? L" ALLUSERS=1" : L"", pip ? L",pip_feature" : L"", tests ? L",Testsuite" : L"",
                 prepend_path ? L",PrependPath" : L"");
    swprintf(line, 8 * LENGTH, L"msiexec.exe %ls \"%ls\" /qn /l*v \"%ls_000_core.log\"%ls", uninstall ? L"/x" : L"/i", package,
             log_name, properties);
    code = run(line);
    DeleteFileW(package);
    say(L"Exit code: 0x%lx (%lu)", code, code);
    return code;
}
