/*
 * Runs one program and writes how it ended to a file. What it is to do stands in variables of the environment, which the program
 * doesn't get to see: Unix passes them on as they are, where arguments would be quoted twice.
 *
 *   BUNDLE_RUN_LINE       the command line
 *   BUNDLE_RUN_DIRECTORY  where it runs
 *   BUNDLE_RUN_RESULT     the file: "exit N" when the program has ended, "error N" (GetLastError) when it could not be started.
 *                         A Unix exit status is modulo 256, a Windows exit code has 32 bits
 *   BUNDLE_RUN_MODE       "run": what the program started is left alone. "hold": the program and its children end with this one, and it has
 *                         a console of its own, which nobody sees: what waits for a key waits, as it would at a desk.
 *                         "detached" (no console at all) and "windowless" (one that nobody sees) are "run" with no streams, as
 *                         schedulers and management agents start programs
 *   BUNDLE_SET_NAME       becomes NAME for the program: that way a PATH can be given, which Wine does not take from Unix
 */
#include "base.h"

static const WCHAR set[] = L"BUNDLE_SET_";

static WCHAR *taken(const WCHAR *name)
{
    DWORD length = GetEnvironmentVariableW(name, NULL, 0);
    WCHAR *value = allocate(length + 1);

    if (length)
        GetEnvironmentVariableW(name, value, length);
    SetEnvironmentVariableW(name, NULL);
    return value;
}

static int begins(const WCHAR *text, const WCHAR *with)
{
    while (*with)
        if (*text++ != *with++)
            return 0;
    return 1;
}

static int is(const WCHAR *text, const WCHAR *other)
{
    return length_of(text) == length_of(other) && begins(text, other);
}

static void set_environment(void)
{
    WCHAR *block = GetEnvironmentStringsW(), *entry;

    for (entry = block; *entry; entry += length_of(entry) + 1) {
        WCHAR *copy, *value;
        if (!begins(entry, set))
            continue;
        append(copy = allocate(length_of(entry) + 1), entry);
        for (value = copy; *value && *value != '='; value++)
            ;
        *value++ = 0;
        SetEnvironmentVariableW(copy, NULL);
        SetEnvironmentVariableW(copy + length_of(set), value);
    }
    FreeEnvironmentStringsW(block);
}

static void report(const WCHAR *path, const WCHAR *word, DWORD number)
{
    WCHAR text[32];
    char bytes[32];
    DWORD size = 0, written;
    HANDLE file;

    append_number(append(text, word), number);
    for (; text[size]; size++)
        bytes[size] = (char)text[size];
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    WriteFile(file, bytes, size, &written, NULL);
    CloseHandle(file);
}

/* Ctrl-C in a console is meant for the program, and goes to everybody there. Ignoring it altogether would be inherited. */
static BOOL WINAPI stay(DWORD event)
{
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

static void end_with_this_one(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    BYTE *at = (BYTE *)&limits;
    DWORD i;

    for (i = 0; i < sizeof limits; i++)
        at[i] = 0;
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    AssignProcessToJobObject(job, GetCurrentProcess());
}

void start(void)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION process;
    WCHAR *line = taken(L"BUNDLE_RUN_LINE"), *directory = taken(L"BUNDLE_RUN_DIRECTORY");
    WCHAR *result = taken(L"BUNDLE_RUN_RESULT"), *mode = taken(L"BUNDLE_RUN_MODE");
    DWORD code = BROKEN, flags = 0, i;
    BOOL streams = FALSE;
    BYTE *at = (BYTE *)&startup;

    set_environment();
    SetConsoleCtrlHandler(stay, TRUE);
    for (i = 0; i < sizeof startup; i++)
        at[i] = 0;
    startup.cb = sizeof startup;
    if (is(mode, L"hold")) {
        end_with_this_one();
        flags = CREATE_NO_WINDOW;
        streams = TRUE;
        startup.dwFlags = STARTF_USESTDHANDLES;
        startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
        startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
        startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    }
    if (is(mode, L"run"))
        streams = TRUE;
    if (is(mode, L"detached"))
        flags = DETACHED_PROCESS;
    if (is(mode, L"windowless"))
        flags = CREATE_NO_WINDOW;
    if (!CreateProcessW(NULL, line, NULL, NULL, streams, flags, NULL, directory, &startup, &process)) {
        report(result, L"error ", GetLastError());
        ExitProcess(BROKEN);
    }
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    report(result, L"exit ", code);
    ExitProcess(0);
}
