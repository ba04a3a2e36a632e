/* The program that a service runs: its environment, its console, its output, and the end of all that it started. */
#include "service.h"

#define CHUNK 65536
#define MOST_PROCESSES 4096
#define PATIENCE 5000 /* milliseconds for the rest of its output, after its end */

static HANDLE output;
static struct tail remembered;

DWORD last_output(char *bytes, DWORD limit)
{
    DWORD count = remembered.count < limit ? remembered.count : limit;
    memcpy(bytes, remembered.bytes + remembered.count - count, count);
    bytes[count] = 0;
    return count;
}

static DWORD WINAPI pump(void *unused)
{
    char *bytes = (char *)allocate(CHUNK / 2);
    DWORD count;
    (void)unused;
    while (ReadFile(output, bytes, CHUNK, &count, NULL))
        if (count) {
            keep(&remembered, bytes, count);
            log_bytes(bytes, count);
        }
    return 0;
}

/* Letters of either case are the same in names; the name ends at "=", which drives' folders ("=C:") begin with as well. */
static int has_name(const WCHAR *variable, const WCHAR *wanted)
{
    int length = 0, other = 0;
    do
        length++;
    while (variable[length] && variable[length] != '=');
    do
        other++;
    while (wanted[other] && wanted[other] != '=');
    return CompareStringOrdinal(variable, length, wanted, other, TRUE) == CSTR_EQUAL;
}

static int is_among(const struct lines *lines, const WCHAR *variable)
{
    DWORD i;
    for (i = 0; i < lines->count; i++)
        if (*lines->text[i] && has_name(variable, lines->text[i]))
            return 1;
    return 0;
}

static WCHAR *append_path(WCHAR *end, const struct settings *settings, const WCHAR *old)
{
    DWORD i;
    end = append(end, L"PATH=");
    for (i = 0; i < settings->path.count; i++)
        end = append(append(end, settings->path.text[i]), i + 1 < settings->path.count || *old ? L";" : L"");
    return append(end, old) + 1;
}

static WCHAR *make_environment(const struct settings *settings)
{
    WCHAR *own = GetEnvironmentStringsW(), *at, *end, *block;
    DWORD size = 16, i;
    int has_path = settings->path.count == 0;

    for (at = own; *at; at += length_of(at) + 1)
        size += length_of(at) + 1;
    for (i = 0; i < settings->environment.count; i++)
        size += length_of(settings->environment.text[i]) + 1;
    for (i = 0; i < settings->path.count; i++)
        size += length_of(settings->path.text[i]) + 1;
    end = block = allocate(size);
    for (at = own; *at; at += length_of(at) + 1) {
        if (is_among(&settings->environment, at) || is_among(&settings->remove, at))
            continue;
        if (!has_path && has_name(at, L"PATH")) {
            end = append_path(end, settings, at + 5);
            has_path = 1;
        } else {
            end = append(end, at) + 1;
        }
    }
    for (i = 0; i < settings->environment.count; i++) {
        end = append(end, settings->environment.text[i]) + 1;
        if (has_name(settings->environment.text[i], L"PATH"))
            has_path = 1;
    }
    if (!has_path)
        append_path(end, settings, L"");
    return block;
}

/*
 * A job that the program, which doesn't run yet, is in. Nothing gets out of it: when it is closed, and be it by the end of this process,
 * everything in it ends. Without one the program is started all the same: it serves, and only an end by force is less thorough.
 */
static HANDLE make_job(HANDLE process)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    DWORD error;

    memset(&limits, 0, sizeof limits);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (job != NULL && SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits) &&
        AssignProcessToJobObject(job, process))
        return job;
    error = GetLastError();
    if (job != NULL)
        CloseHandle(job);
    say(FAILURE, L"The program can't be put into a job object (", error_text(error),
        L"). It is started without one: at a stop it is ended, but what it started itself may go on running; and if this service host is "
        L"ended by force, the program goes on as well, and would be in the way of the next start.", NULL);
    return NULL;
}

/* The ends of its streams: nothing to read, and one pipe to write to. */
static int make_streams(STARTUPINFOW *startup)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE out;
    DWORD error;

    memset(startup, 0, sizeof *startup);
    startup->cb = sizeof *startup;
    startup->dwFlags = STARTF_USESTDHANDLES;
    if (!CreatePipe(&output, &out, &inherited, CHUNK))
        return 0;
    SetHandleInformation(output, HANDLE_FLAG_INHERIT, 0);
    startup->hStdOutput = out;
    startup->hStdError = out;
    startup->hStdInput =
        CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
    if (startup->hStdInput != INVALID_HANDLE_VALUE)
        return 1;
    error = GetLastError();
    CloseHandle(output);
    CloseHandle(out);
    SetLastError(error);
    return 0;
}

enum starting start_child(const struct settings *settings, struct child *child)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION process;
    WCHAR *program = widened(settings->program, length_of(settings->program));
    DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW, error;
    int started;

    if (!make_streams(&startup))
        return NO_STREAMS;
    /* That Ctrl-C is ignored is inherited, and whoever started this process may have had it so. */
    SetConsoleCtrlHandler(NULL, FALSE);
    /* A console of its own, which nobody sees, and no process group of its own: Ctrl-C would not reach that. */
    started = CreateProcessW(program, settings->command, NULL, NULL, TRUE, flags, make_environment(settings),
                             settings->directory, &startup, &process);
    error = GetLastError();
    CloseHandle(startup.hStdInput);
    CloseHandle(startup.hStdOutput);
    if (!started) {
        SetLastError(error);
        return NO_PROGRAM;
    }
    child->process = process.hProcess;
    child->id = process.dwProcessId;
    child->pump = CreateThread(NULL, 0, pump, NULL, 0, NULL);
    if (child->pump == NULL) {
        error = GetLastError();
        TerminateProcess(process.hProcess, 1);
        SetLastError(error);
        return NO_STREAMS;
    }
    child->job = make_job(process.hProcess);
    ResumeThread(process.hThread);
    CloseHandle(process.hThread);
    return STARTED;
}

static BOOL WINAPI ignore(DWORD event)
{
    (void)event;
    return TRUE;
}

int interrupt_child(const struct child *child)
{
    /* This process is on that console as well from here on, and stays: it ends soon after. */
    SetConsoleCtrlHandler(ignore, TRUE);
    FreeConsole();
    return AttachConsole(child->id) && GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
}

/* The process that Windows puts beside a console is none that the program started. */
static int is_console_host(DWORD id)
{
    static const WCHAR own[] = L"\\conhost.exe";
    const DWORD length = sizeof own / sizeof *own - 1;
    DWORD size = LONGEST_PATH;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
    WCHAR *path = allocate(LONGEST_PATH);
    int is = process != NULL && QueryFullProcessImageNameW(process, 0, path, &size) && size > length &&
             CompareStringOrdinal(path + size - length, (int)length, own, (int)length, TRUE) == CSTR_EQUAL;
    if (process != NULL)
        CloseHandle(process);
    HeapFree(GetProcessHeap(), 0, path);
    return is;
}

DWORD count_processes(const struct child *child)
{
    DWORD size = sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + MOST_PROCESSES * sizeof(ULONG_PTR), count = 0, i;
    JOBOBJECT_BASIC_PROCESS_ID_LIST *list = (JOBOBJECT_BASIC_PROCESS_ID_LIST *)allocate(size / sizeof(WCHAR));
    int known = child->job != NULL &&
                QueryInformationJobObject(child->job, JobObjectBasicProcessIdList, list, size, NULL);
    for (i = 0; known && i < list->NumberOfProcessIdsInList; i++)
        count += !is_console_host((DWORD)list->ProcessIdList[i]);
    HeapFree(GetProcessHeap(), 0, list);
    return known ? count : WaitForSingleObject(child->process, 0) == WAIT_TIMEOUT;
}

void end_child(const struct child *child)
{
    if (child->job != NULL)
        TerminateJobObject(child->job, 1);
    TerminateProcess(child->process, 1);
    WaitForSingleObject(child->process, PATIENCE);
    WaitForSingleObject(child->pump, PATIENCE);
}
