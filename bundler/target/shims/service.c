/*
 * The service host's flow: from the service manager's call to its own end. See service.h.
 *
 * Stopping is Ctrl-C first, and after the timeout the end of the whole tree. A program that ends by itself ends the service with
 * the program's exit code as service-specific error, so that Windows' recovery actions begin; with 0 it has done its work.
 */
#include "service.h"

#define STEP 1000         /* milliseconds between two signs of life while stopping */
#define STEP_HINT 10000   /* what the service manager is told to wait for the next one */
#define PATIENCE 30       /* steps for the end of what was ended */
#define LAST_WORDS 5      /* steps for the rest of its output, after that */
#define NO_RELEASE 9009   /* as the launchers have it */

static SERVICE_STATUS_HANDLE manager;
static HANDLE stop_wanted;
static CRITICAL_SECTION reporting;
static int is_over;
static WCHAR *service_name, *service_log;

static void report(DWORD state, DWORD hint, DWORD code)
{
    static DWORD checkpoint;
    SERVICE_STATUS status;
    int pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;

    EnterCriticalSection(&reporting);
    memset(&status, 0, sizeof status);
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN : 0;
    status.dwWin32ExitCode = code ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR;
    status.dwServiceSpecificExitCode = code;
    status.dwCheckPoint = pending ? ++checkpoint : 0;
    status.dwWaitHint = hint;
    if (!is_over)
        SetServiceStatus(manager, &status);
    is_over = is_over || state == SERVICE_STOPPED;
    LeaveCriticalSection(&reporting);
}

int is_stop_wanted(void)
{
    return WaitForSingleObject(stop_wanted, 0) == WAIT_OBJECT_0;
}

/* A sign of life, where the service manager waits for one. */
static void live(void)
{
    if (is_stop_wanted())
        report(SERVICE_STOP_PENDING, STEP_HINT, 0);
}

/* Who was asked to stop has stopped, whatever the program's end was: after a failure Windows would start it again. */
static void finish(DWORD code)
{
    EnterCriticalSection(&reporting);
    report(SERVICE_STOPPED, 0, is_stop_wanted() ? 0 : code);
    LeaveCriticalSection(&reporting);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *context)
{
    (void)type;
    (void)data;
    (void)context;
    if (control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_PRESHUTDOWN) {
        EnterCriticalSection(&reporting);
        SetEvent(stop_wanted);
        live();
        LeaveCriticalSection(&reporting);
    }
    return control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_PRESHUTDOWN ||
                   control == SERVICE_CONTROL_INTERROGATE
               ? NO_ERROR
               : ERROR_CALL_NOT_IMPLEMENTED;
}

/* 0 where the current release and what it says of this service could be read; else the code to end with, which was explained. */
static DWORD find_settings(struct settings *settings)
{
    WCHAR *folder = allocate(LONGEST_PATH + 1), *own = allocate(LONGEST_PATH), *id = allocate(LONGEST_ID + 3);
    WCHAR *path = allocate(2 * LONGEST_PATH), *release = allocate(LONGEST_ID + 3), *end;
    DWORD error = 0;
    const WCHAR *again = L" Run the bundle's bootstrap.bat again.";

    if (!find_self(folder, own)) {
        say(FAILURE, L"The service host can't find out where it lies: ", error_text(GetLastError()), L".", NULL);
        return BROKEN;
    }
    end = append(append(path, folder), L"current");
    switch (read_pointer(widened(path, (DWORD)(end - path)), id, &error)) {
    case POINTER_UNREADABLE:
        say(FAILURE, L"No release is in use: ", path, L" can't be read (", error_text(error), L").", again, NULL);
        return NO_RELEASE;
    case POINTER_MALFORMED:
        say(FAILURE, L"No release is in use: no release's name stands in ", path, L".", again, NULL);
        return NO_RELEASE;
    default:
        break;
    }
    append(release, id);
    end = append(append(append(path, folder), cut_settings(release) ? L"settings\\" : L"releases\\"), id);
    end = append(append(append(end, L"\\services\\"), service_name), L".conf");
    switch (read_settings(widened(path, (DWORD)(end - path)), settings, &error)) {
    case SETTINGS_UNREADABLE:
        say(FAILURE, L"Release ", id, L" can't run the service ", service_name, L": ", path, L" can't be read (", error_text(error),
            error == ERROR_ACCESS_DENIED ? L"). The service's account needs the right to read it." : L").", again, NULL);
        return NO_RELEASE;
    case SETTINGS_TOO_LARGE:
        say(FAILURE, path, L" is damaged: it is larger than 1 MB.", again, NULL);
        return NO_RELEASE;
    case SETTINGS_MALFORMED:
        say(FAILURE, path, L" is damaged in line ", number_text(error), L".", again, NULL);
        return NO_RELEASE;
    case SETTINGS_NEWER:
        say(FAILURE, path, L" has format ", number_text(error), L", and this service host is older.", again, NULL);
        return NO_RELEASE;
    default:
        return 0;
    }
}

/*
 * "The change takes effect the next time the system is started", says Microsoft of a service's SID type, and others: at the service's next
 * start. 0 as well where it can't be found out, and for LocalSystem, which needs no rights of its own.
 */
static int lacks_own_sid(void)
{
    BYTE sid[SECURITY_MAX_SID_SIZE], system[SECURITY_MAX_SID_SIZE];
    WCHAR domain[256], *name = allocate(length_of(service_name) + 16);
    DWORD sid_size = sizeof sid, system_size = sizeof system, domain_length = 256;
    SID_NAME_USE use;
    BOOL has = TRUE, is_system = TRUE;

    append(append(name, L"NT SERVICE\\"), service_name);
    if (!LookupAccountNameW(NULL, name, sid, &sid_size, domain, &domain_length, &use) || !CheckTokenMembership(NULL, sid, &has) || has)
        return 0;
    if (!CreateWellKnownSid(WinLocalSystemSid, NULL, system, &system_size) || !CheckTokenMembership(NULL, system, &is_system))
        return 0;
    return !is_system;
}

static void explain_start(const struct settings *settings, enum starting found, DWORD error)
{
    const WCHAR *reason = L"", *policy = policy_hint(error);
    if (found == NO_STREAMS) {
        say(FAILURE, settings->program, L" can't be started: its input and output can't be made (", error_text(error), L").", NULL);
        return;
    }
    if (policy != NULL) {
        say(FAILURE, settings->program, L" can't be started (", error_text(error), L"). ", policy, L".", NULL);
        return;
    }
    if (error == ERROR_DIRECTORY)
        reason = L" Its working directory isn't there, or that path is too long.";
    else if (error == ERROR_ACCESS_DENIED)
        reason = L" The service's account needs the right to read and run it.";
    else if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
        reason = L" The release is not whole: run the bundle's bootstrap.bat again.";
    say(FAILURE, settings->program, L" can't be started in ", settings->directory, L" (", error_text(error), L").", reason, NULL);
    explain_program(settings);
}

/* The whole tree, which may have hundreds of processes; "stopped" is what others take for the sign that its port and its files are free. */
static void end_tree(const struct child *child)
{
    DWORD step, left;

    end_child(child);
    for (step = 0; (left = count_ending(child)) != 0 && step < PATIENCE * 20; step++) {
        if (step % 20 == 0)
            live();
        Sleep(STEP / 20);
        end_child(child); /* what was started meanwhile, too */
    }
    if (left)
        say(FAILURE, L"What was ended is still there (", number_text(left), L"): it may hold files and ports.", NULL);
    for (step = 0; step < LAST_WORDS && !wait_output(child, STEP); step++)
        live();
}

static void stop_child(const struct child *child, DWORD timeout)
{
    DWORD begun = GetTickCount(), left;
    int asked = interrupt_child(child);

    if (!asked)
        say(NOTE, L"The program has no console that could take Ctrl-C: it is ended at once.", NULL);
    while (asked && (left = count_processes(child)) != 0 && GetTickCount() - begun < timeout * 1000) {
        live();
        if (WaitForSingleObject(child->process, STEP) == WAIT_OBJECT_0)
            Sleep(50);
    }
    left = count_processes(child);
    if (asked && left)
        say(NOTE, L"After Ctrl-C and ", number_text(timeout), L" s there is still something running (", number_text(left),
            L"): it is ended.", NULL);
    end_tree(child);
}

static DWORD run_child(const struct settings *settings, const struct child *child)
{
    HANDLE both[2];
    DWORD code = BROKEN, left;

    both[0] = stop_wanted;
    both[1] = child->process;
    if (WaitForMultipleObjects(2, both, FALSE, INFINITE) == WAIT_OBJECT_0) {
        say(NOTE, L"Stopping.", NULL);
        stop_child(child, settings->stop_timeout);
        say(NOTE, L"Stopped.", NULL);
        return 0;
    }
    GetExitCodeProcess(child->process, &code);
    left = count_processes(child);
    end_tree(child);
    say(code ? FAILURE : NOTE, L"The program ended by itself with exit code ", code_text(code),
        left ? L"; what it had started and left is ended too." : L".", NULL);
    if (code && !is_stop_wanted())
        explain_end(settings, code);
    if (is_stop_wanted())
        say(NOTE, L"Stopped.", NULL);
    return code;
}

static void WINAPI service_main(DWORD count, WCHAR **words)
{
    struct settings settings;
    struct child child;
    enum starting found;
    DWORD code;

    (void)count;
    (void)words;
    manager = RegisterServiceCtrlHandlerExW(service_name, on_control, NULL);
    if (manager == 0)
        return;
    report(SERVICE_START_PENDING, STEP_HINT, 0);
    open_events(service_name);
    open_log(service_log);
    if (lacks_own_sid())
        say(FAILURE, L"Windows hasn't given this service its own SID yet, which has the rights that bootstrap.bat gave: start Windows again.", NULL);
    code = find_settings(&settings);
    if (code == 0) {
        limit_log(settings.log_size, settings.log_count);
        memset(&child, 0, sizeof child);
        found = start_child(&settings, &child);
        if (found == STARTED) {
            say(NOTE, L"Started ", settings.program, L" in ", settings.directory, L", process ", number_text(child.id), L".", NULL);
            report(SERVICE_RUNNING, 0, 0);
            code = run_child(&settings, &child);
        } else {
            code = GetLastError();
            explain_start(&settings, found, code);
        }
    }
    finish(code);
}

/* The next word of the command line, without its quotes: neither a service's name nor a path has any inside. */
static WCHAR *next_word(const WCHAR **line)
{
    const WCHAR *at = *line;
    WCHAR *word = allocate(length_of(at) + 1), *end = word;
    int quoted = 0;
    while (*at == ' ' || *at == '\t')
        at++;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++)
        if (*at == '"')
            quoted = !quoted;
        else
            *end++ = *at;
    *line = at;
    return word;
}

void start(void)
{
    static const char words[] = "This program is for Windows' service manager, which starts it: sc start NAME\r\n";
    const WCHAR *line = arguments();
    SERVICE_TABLE_ENTRYW table[2];
    DWORD error, written;

    /* Programs inherit this: a box about a missing DLL or medium would wait for ever where nobody sees it. Crash reports stay. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
    InitializeCriticalSection(&reporting);
    service_name = next_word(&line);
    service_log = next_word(&line);
    stop_wanted = CreateEventW(NULL, TRUE, FALSE, NULL);
    memset(table, 0, sizeof table);
    table[0].lpServiceName = service_name;
    table[0].lpServiceProc = service_main;
    if (StartServiceCtrlDispatcherW(table))
        ExitProcess(0);
    error = GetLastError();
    if (error == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
        WriteFile(GetStdHandle(STD_ERROR_HANDLE), words, sizeof words - 1, &written, NULL);
    ExitProcess(error);
}
