/* The python.exe of a virtual environment: starts EXE of the `home` in pyvenv.cfg, beside it or one folder up.
 *
 * The contract is CPython's PC/venvlauncher.c: __PYVENV_LAUNCHER__ says who was called, the child ends with this process,
 * and its exit code is this one's. Exit codes of its own: 106 no usable pyvenv.cfg, 101 the program can't be started.
 */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

#define LENGTH 32768
static wchar_t self[LENGTH], config[LENGTH], home[LENGTH], line[2 * LENGTH];
static char text[LENGTH];

static BOOL WINAPI leave_to_child(DWORD event)
{
    return TRUE;
}

static wchar_t *after_program(wchar_t *at)
{
    if (*at == L'"') {
        for (at++; *at && *at != L'"'; at++)
            ;
        return *at ? at + 1 : at;
    }
    while (*at && *at != L' ' && *at != L'\t')
        at++;
    return at;
}

static FILE *open_config(void)
{
    FILE *file = NULL;

    for (int up = 1; up <= 2 && !file; up++) {
        wcscpy(config, self);
        for (int i = 0; i < up; i++) {
            wchar_t *slash = wcsrchr(config, L'\\');
            if (slash)
                *slash = 0;
        }
        wcscat(config, L"\\pyvenv.cfg");
        file = _wfopen(config, L"rb");
    }
    return file;
}

static void read_home(FILE *file)
{
    while (fgets(text, sizeof text, file)) {
        char *at = text + strspn(text, " ");
        if (strncmp(at, "home", 4))
            continue;
        at += 4 + strspn(at + 4, " ");
        if (*at != '=')
            continue;
        at += 1 + strspn(at + 1, " ");
        at[strcspn(at, "\r\n")] = 0;
        MultiByteToWideChar(CP_UTF8, 0, at, -1, home, LENGTH - 64);
        return;
    }
}

int wmain(void)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION process;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };
    HANDLE job;
    DWORD code = 101;
    FILE *file;

    GetModuleFileNameW(NULL, self, LENGTH);
    if (!(file = open_config())) {
        fwprintf(stderr, L"failed to locate pyvenv.cfg\n");
        return 106;
    }
    read_home(file);
    fclose(file);
    if (!*home) {
        fwprintf(stderr, L"no home in pyvenv.cfg\n");
        return 106;
    }
    wcscat(home, L"\\" EXE);
    SetEnvironmentVariableW(L"__PYVENV_LAUNCHER__", self);
    _snwprintf(line, 2 * LENGTH - 1, L"\"%ls\"%ls", home, after_program(GetCommandLineW()));
    GetStartupInfoW(&startup);
    job = CreateJobObjectW(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    SetConsoleCtrlHandler(leave_to_child, TRUE);
    if (!CreateProcessW(home, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        fwprintf(stderr, L"Unable to create process using '%ls'\n", line);
        return 101;
    }
    AssignProcessToJobObject(job, process.hProcess);
    WaitForSingleObjectEx(process.hProcess, INFINITE, FALSE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
