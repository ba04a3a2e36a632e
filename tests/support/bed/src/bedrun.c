/* bedrun MODE RESULT DIRECTORY COMMANDLINE: run one program and write how it ended to the file RESULT.
 *
 * A Unix exit status is modulo 256; a Windows exit code has 32 bits. RESULT holds "exit N" when the program has ended, or
 * "error N" (GetLastError) when it could not be started. MODE "hold" ends the program and its children with this one;
 * MODE "run" leaves alone what the program started. MODE "detached" (no console at all) and "windowless" (one that nobody sees) are "run"
 * with no streams, as schedulers and management agents start programs. Every variable BED_SET_NAME becomes NAME for the program: that way a
 * PATH can be given, which Wine does not take from Unix.
 */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

static const wchar_t marker[] = L"BED_SET_";
static const size_t marker_length = 8;

static void set_environment(void)
{
    wchar_t *block = GetEnvironmentStringsW();

    for (wchar_t *entry = block; *entry; entry += wcslen(entry) + 1) {
        if (wcsncmp(entry, marker, marker_length))
            continue;
        wchar_t *copy = _wcsdup(entry), *value = wcschr(copy, L'=');
        *value++ = 0;
        SetEnvironmentVariableW(copy, NULL);
        SetEnvironmentVariableW(copy + marker_length, value);
        free(copy);
    }
    FreeEnvironmentStringsW(block);
}

static void report(const wchar_t *path, const char *word, DWORD number)
{
    FILE *file = _wfopen(path, L"wb");

    if (!file)
        return;
    fprintf(file, "%s %lu", word, number);
    fclose(file);
}

/* Ctrl-C in a console is meant for the program, and goes to everybody there. Ignoring it altogether would be inherited. */
static BOOL WINAPI stay(DWORD event)
{
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

int wmain(int argc, wchar_t **argv)
{
    STARTUPINFOW startup = { sizeof startup };
    PROCESS_INFORMATION process;
    DWORD code = 0, flags = 0;

    if (argc != 5)
        return 2;
    set_environment();
    SetConsoleCtrlHandler(stay, TRUE);
    if (!wcscmp(argv[1], L"hold")) {
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };
        HANDLE job = CreateJobObjectW(NULL, NULL);
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
        AssignProcessToJobObject(job, GetCurrentProcess());
    }
    if (!wcscmp(argv[1], L"detached"))
        flags = DETACHED_PROCESS;
    if (!wcscmp(argv[1], L"windowless"))
        flags = CREATE_NO_WINDOW;
    if (!CreateProcessW(NULL, argv[4], NULL, NULL, flags == 0, flags, NULL, argv[3], &startup, &process)) {
        report(argv[2], "error", GetLastError());
        return 1;
    }
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    report(argv[2], "exit", code);
    return 0;
}
