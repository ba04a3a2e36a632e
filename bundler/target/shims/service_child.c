/* The program that a service runs: its environment, its console, its output, and the end of all that it started. */
#include "service.h"

#define CHUNK 65536
#define MOST_PROCESSES 4096
#define TRIES 20      /* of a program's console, which it may not have yet right after its start */
#define PAUSE 50      /* milliseconds between them */

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

/* A name ends at "=", which drives' folders ("=C:") begin with as well. */
static int name_length(const WCHAR *variable)
{
    int length = 0;
    do
        length++;
    while (variable[length] && variable[length] != '=');
    return length;
}

/* Letters of either case are the same in names. */
static int compare_names(const WCHAR *one, const WCHAR *other)
{
    return CompareStringOrdinal(one, name_length(one), other, name_length(other), TRUE);
}

static int is_among(const struct lines *lines, const WCHAR *variable)
{
    DWORD i;
    for (i = 0; i < lines->count; i++)
        if (*lines->text[i] && compare_names(variable, lines->text[i]) == CSTR_EQUAL)
            return 1;
    return 0;
}

static WCHAR *with_path(const struct settings *settings, const WCHAR *old)
{
    WCHAR *variable, *end;
    DWORD size = 6 + length_of(old), i;
    for (i = 0; i < settings->path.count; i++)
        size += length_of(settings->path.text[i]) + 1;
    end = append(variable = allocate(size), L"PATH=");
    for (i = 0; i < settings->path.count; i++)
        end = append(append(end, settings->path.text[i]), i + 1 < settings->path.count || *old ? L";" : L"");
    append(end, old);
    return variable;
}

/* "All strings in the environment block must be sorted alphabetically by name", without regard to case. */
static void insert(struct lines *sorted, WCHAR *variable)
{
    DWORD at;
    add_line(sorted, variable);
    for (at = sorted->count - 1; at && compare_names(variable, sorted->text[at - 1]) == CSTR_LESS_THAN; at--)
        sorted->text[at] = sorted->text[at - 1];
    sorted->text[at] = variable;
}

static WCHAR *make_environment(const struct settings *settings)
{
    struct lines all = {NULL, 0};
    WCHAR *at, *end, *block;
    DWORD size = 2, i;

    for (at = GetEnvironmentStringsW(); *at; at += length_of(at) + 1)
        if (!is_among(&settings->environment, at) && !is_among(&settings->remove, at))
            insert(&all, settings->path.count && compare_names(at, L"PATH") == CSTR_EQUAL ? with_path(settings, at + 5) : at);
    for (i = 0; i < settings->environment.count; i++)
        insert(&all, settings->environment.text[i]);
    if (settings->path.count && !is_among(&all, L"PATH"))
        insert(&all, with_path(settings, L""));
    for (i = 0; i < all.count; i++)
        size += length_of(all.text[i]) + 1;
    end = block = allocate(size);
    for (i = 0; i < all.count; i++)
        end = append(end, all.text[i]) + 1;
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

static int attach(const struct child *child)
{
    int tries;
    for (tries = 0; tries < TRIES; tries++) {
        if (AttachConsole(child->id))
            return 1;
        if (WaitForSingleObject(child->process, PAUSE) != WAIT_TIMEOUT)
            return 0;
    }
    return 0;
}

/*
 * "Calling AttachConsole, AllocConsole, or FreeConsole will reset the table of control handlers in the client process to its initial
 * state": so this process is guarded against its own Ctrl-C once it is on the child's console, and not before. It stays there, and stays
 * guarded, for the event comes in a thread of its own and at any time; it ends soon after.
 */
int interrupt_child(const struct child *child)
{
    FreeConsole(); /* it fails where there is none, as most services have it */
    return attach(child) && SetConsoleCtrlHandler(ignore, TRUE) && SetConsoleCtrlHandler(NULL, TRUE) &&
           GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
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

/* What is in the job (of very many a part), and how many of these are console hosts, which come last; NULL: it can't be found out. */
static JOBOBJECT_BASIC_PROCESS_ID_LIST *list_processes(const struct child *child, DWORD *hosts)
{
    DWORD size = sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + MOST_PROCESSES * sizeof(ULONG_PTR), i, others = 0;
    JOBOBJECT_BASIC_PROCESS_ID_LIST *list = (JOBOBJECT_BASIC_PROCESS_ID_LIST *)allocate(size / sizeof(WCHAR));

    if (child->job == NULL || (!QueryInformationJobObject(child->job, JobObjectBasicProcessIdList, list, size, NULL) &&
                               GetLastError() != ERROR_MORE_DATA)) {
        HeapFree(GetProcessHeap(), 0, list);
        return NULL;
    }
    for (i = 0; i < list->NumberOfProcessIdsInList; i++) {
        ULONG_PTR id = list->ProcessIdList[i];
        if (is_console_host((DWORD)id))
            continue;
        list->ProcessIdList[i] = list->ProcessIdList[others];
        list->ProcessIdList[others++] = id;
    }
    *hosts = list->NumberOfProcessIdsInList - others;
    return list;
}

DWORD count_processes(const struct child *child)
{
    DWORD hosts, count;
    JOBOBJECT_BASIC_PROCESS_ID_LIST *list = list_processes(child, &hosts);

    if (list == NULL)
        return WaitForSingleObject(child->process, 0) == WAIT_TIMEOUT;
    count = list->NumberOfProcessIdsInList - hosts;
    HeapFree(GetProcessHeap(), 0, list);
    return count;
}

/*
 * One after the other and not the job as a whole, which the host of the child's console may be in: this process is on that console since
 * it sent Ctrl-C, and would end with it before it can say that the service has stopped.
 */
void end_child(const struct child *child)
{
    DWORD hosts = 0, i;
    JOBOBJECT_BASIC_PROCESS_ID_LIST *list = list_processes(child, &hosts);

    for (i = 0; list != NULL && i < list->NumberOfProcessIdsInList - hosts; i++) {
        HANDLE process = OpenProcess(PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION, FALSE, (DWORD)list->ProcessIdList[i]);
        BOOL is_inside;
        if (process == NULL)
            continue;
        if (!IsProcessInJob(process, child->job, &is_inside) || is_inside) /* its number may be another's by now */
            TerminateProcess(process, 1);
        CloseHandle(process);
    }
    if (list != NULL)
        HeapFree(GetProcessHeap(), 0, list);
    TerminateProcess(child->process, 1);
}

/*
 * Terminating only begins the end of a process: it holds its files and ports until it is over. The number comes before the list: a console's
 * host that ends between them would be taken off from what is left of others.
 */
DWORD count_ending(const struct child *child)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION found;
    DWORD own = WaitForSingleObject(child->process, 0) == WAIT_TIMEOUT, hosts = 0;
    JOBOBJECT_BASIC_PROCESS_ID_LIST *list;

    if (child->job == NULL ||
        !QueryInformationJobObject(child->job, JobObjectBasicAccountingInformation, &found, sizeof found, NULL))
        return own;
    list = list_processes(child, &hosts);
    if (list == NULL)
        return own;
    HeapFree(GetProcessHeap(), 0, list);
    return found.ActiveProcesses > hosts ? found.ActiveProcesses - hosts : own;
}

int wait_output(const struct child *child, DWORD milliseconds)
{
    return WaitForSingleObject(child->pump, milliseconds) != WAIT_TIMEOUT;
}
