/*
 * The stable launcher: ENVIRONMENT\Scripts\NAME.exe runs ENVIRONMENT\releases\ID\Scripts\NAME.exe, where ID stands in the file
 * ENVIRONMENT\current. A switch of releases is then the replacing of that one file, and no path that the world knows changes.
 *
 * The same program stands in a release's own Scripts where launchers are separate from what they run (environment.launchers): beside
 * NAME.exe lies NAME.pyz then, and the Python beside both runs that. Nothing is ever written into the program, so it stays as it was
 * signed.
 *
 * Nothing but Windows' own functions, no C runtime: it starts at once, on every Windows, and the same source gives the same
 * bytes. With WINDOWED it is for programs without a console and shows its errors in a box where somebody can see one.
 *
 * Exit codes: the program's own; 9009 (as cmd has it) when there is no current release or it lacks the program; 1 otherwise.
 */
#include "base.h"

#define ABSENT 9009
#define ENDING 4 /* of ".exe", and of ".pyz" */
#ifdef WINDOWED
#define PYTHON L"pythonw.exe"
#else
#define PYTHON L"python.exe"
#endif

/* Variables of Python's that would lead the release's Python to other code: another library, modules, byte code or program. */
static const WCHAR *const astray[] = {
    L"PYTHONHOME",     L"PYTHONPATH",       L"PYTHONPLATLIBDIR",     L"PYTHONSTARTUP",     L"PYTHONEXECUTABLE",
    L"PYTHONUSERBASE", L"PYTHONINSPECT",    L"PYTHONPYCACHEPREFIX",  L"PYTHONCASEOK",      L"__PYVENV_LAUNCHER__",
};

static HANDLE child;

#ifdef WINDOWED
/* A service's box would wait for ever on a desktop that nobody sees. */
static int is_visible(void)
{
    USEROBJECTFLAGS flags;
    DWORD needed;
    HWINSTA station = GetProcessWindowStation();
    return station != NULL && GetUserObjectInformationW(station, UOI_FLAGS, &flags, sizeof flags, &needed) &&
           (flags.dwFlags & WSF_VISIBLE);
}
#endif

static void show(const WCHAR *text, DWORD length)
{
    HANDLE error = GetStdHandle(STD_ERROR_HANDLE);
    DWORD mode, written;
    char *bytes;
    int size;

    if (error == NULL || error == INVALID_HANDLE_VALUE) {
#ifdef WINDOWED
        if (is_visible())
            MessageBoxW(NULL, text, NULL, MB_OK | MB_ICONERROR);
#endif
        return;
    }
    if (GetConsoleMode(error, &mode)) {
        WriteConsoleW(error, text, length, &written, NULL);
        return;
    }
    bytes = (char *)allocate(length * 2 + 1);
    size = WideCharToMultiByte(CP_UTF8, 0, text, (int)length, bytes, (int)(length * 4), NULL, NULL);
    WriteFile(error, bytes, (DWORD)size, &written, NULL);
}

/* "WHAT FILE (error N). HINT" to where a person sees it; ends the process. */
static void fail(UINT code, const WCHAR *what, const WCHAR *file, DWORD error, const WCHAR *hint)
{
    WCHAR *text = allocate(2 * LONGEST_PATH);
    WCHAR *end = append(append(append(text, what), L" "), file);
    if (error)
        end = append(append_number(append(end, L" (error "), error), L")");
    end = append(append(append(end, L". "), hint), L"\r\n");
    show(text, (DWORD)(end - text));
    ExitProcess(code);
}

/* The current release's name; ends the process, with words, when there is none. */
static void find_release(WCHAR *pointer, WCHAR *id)
{
    DWORD error = 0;
    const WCHAR *again = L"Run the bundle's bootstrap.bat again";
    enum pointer found = read_pointer(pointer, id, &error);

    if (found == POINTER_UNREADABLE)
        fail(ABSENT, L"No release is in use: there is no readable file", pointer, error, again);
    if (found == POINTER_MALFORMED)
        fail(ABSENT, L"No release is in use: no release's name stands in the file", pointer, 0, again);
}

static BOOL WINAPI on_console_event(DWORD event)
{
    /* Ctrl-C and Ctrl-Break reach the program as well, and it decides. After the others Windows ends whoever returns. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT && child != NULL)
        WaitForSingleObject(child, INFINITE);
    return TRUE;
}

#ifdef WINDOWED
/* Windows shows that a program is being started until that asks for a message, as this one never does. */
static void end_busy_cursor(void)
{
    MSG message;
    if (PostMessageW(NULL, WM_NULL, 0, 0))
        GetMessageW(&message, NULL, 0, 0);
}
#endif

/* A handle that the program inherits; what can't be had stays empty, as it is in a program without a console. */
static HANDLE inheritable(DWORD which)
{
    HANDLE copy = NULL, own = GetStdHandle(which), self = GetCurrentProcess();
    if (own == NULL || own == INVALID_HANDLE_VALUE)
        return NULL;
    if (!DuplicateHandle(self, own, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
        return own;
    return copy;
}

/* Whoever ends the launcher ends the program; what the program starts lives as long as it likes. */
static HANDLE make_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    memset(&limits, 0, sizeof limits);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    if (job != NULL)
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    return job;
}

/* archive: what Python is to run, NULL: the program is started as it is. */
static DWORD run(WCHAR *program, const WCHAR *archive)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION process;
    HANDLE job = make_job();
    const WCHAR *rest = arguments();
    WCHAR *line = allocate(4 * LONGEST_PATH);
    WCHAR *end = append(append(append(line, L"\""), program), L"\"");
    DWORD code = BROKEN;
    BOOL started;

    if (archive != NULL)
        end = append(append(append(end, L" \""), archive), L"\"");
    append(end, rest);
    SetConsoleCtrlHandler(on_console_event, TRUE);
    GetStartupInfoW(&startup);
    startup.lpReserved = NULL;
    startup.dwFlags |= STARTF_USESTDHANDLES;
    startup.hStdInput = inheritable(STD_INPUT_HANDLE);
    startup.hStdOutput = inheritable(STD_OUTPUT_HANDLE);
    startup.hStdError = inheritable(STD_ERROR_HANDLE);
    started = CreateProcessW(program, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &process);
    if (!started) {
        const WCHAR *hint = policy_hint(code = GetLastError());
        fail(code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ? ABSENT : BROKEN,
             L"The current release can't run", program, code, hint != NULL ? hint : L"Run the bundle's bootstrap.bat again");
    }
    child = process.hProcess;
    if (job != NULL)
        AssignProcessToJobObject(job, child);
    ResumeThread(process.hThread);
#ifdef WINDOWED
    end_busy_cursor();
#endif
    CloseHandle(process.hThread);
    WaitForSingleObject(child, INFINITE);
    GetExitCodeProcess(child, &code);
    return code;
}

/* What lies beside this program under its name, and the Python there; 0: nothing does, so this isn't a release's own launcher. */
static int find_archive(WCHAR *python, WCHAR *archive)
{
    DWORD length = GetModuleFileNameW(NULL, archive, LONGEST_PATH), found;
    WCHAR *end;

    if (length < ENDING || length >= LONGEST_PATH - 1)
        return 0;
    append(archive + length - ENDING, L".pyz");
    found = GetFileAttributesW(widened(archive, length));
    if (found == INVALID_FILE_ATTRIBUTES || (found & FILE_ATTRIBUTE_DIRECTORY))
        return 0;
    end = append(python, archive);
    while (end > python && end[-1] != '\\')
        end--;
    append(end, PYTHON);
    return 1;
}

void start(void)
{
    WCHAR *folder = allocate(LONGEST_PATH + 1), *name = allocate(LONGEST_PATH);
    WCHAR *pointer = allocate(2 * LONGEST_PATH), *program = allocate(2 * LONGEST_PATH);
    WCHAR *archive = allocate(LONGEST_PATH + 1), *id = allocate(LONGEST_ID + 3);
    WCHAR *end;
    DWORD i;

    if (find_archive(program, archive)) /* the variables are its starter's business: a service may have some set */
        ExitProcess(run(widened(program, length_of(program)), archive));
    for (i = 0; i < sizeof astray / sizeof astray[0]; i++)
        SetEnvironmentVariableW(astray[i], NULL);
    if (!find_self(folder, name))
        fail(BROKEN, L"The launcher can't find out where it lies:", L"GetModuleFileName", GetLastError(), L"");
    end = append(append(pointer, folder), L"current");
    find_release(widened(pointer, (DWORD)(end - pointer)), id);
    cut_settings(id);
    end = append(append(append(program, folder), L"releases\\"), id);
    end = append(append(end, L"\\Scripts\\"), name);
    ExitProcess(run(widened(program, (DWORD)(end - program)), NULL));
}
