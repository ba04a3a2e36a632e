/*
 * The stable launcher: ENVIRONMENT\Scripts\NAME.exe runs ENVIRONMENT\releases\ID\Scripts\NAME.exe, where ID stands in the file
 * ENVIRONMENT\current. A switch of releases is then the replacing of that one file, and no path that the world knows changes.
 *
 * Nothing but Windows' own functions, no C runtime: it starts at once, on every Windows, and the same source gives the same
 * bytes. With WINDOWED it is for programs without a console and shows its errors in a box where somebody can see one.
 *
 * Exit codes: the program's own; 9009 (as cmd has it) when there is no current release or it lacks the program; 1 otherwise.
 */
#define WIN32_LEAN_AND_MEAN
#define UNICODE
#include <windows.h>

#define ABSENT 9009
#define BROKEN 1
#define LONGEST_PATH 32768
#define LONGEST_ID 128
#define FIRST_LONG_PATH 240 /* from here on only the \\?\ form works everywhere */
#define TRIES 50

/* The compiler may call these though nobody wrote them. */
void *memset(void *to, int value, size_t count)
{
    volatile unsigned char *at = to;
    while (count--)
        *at++ = (unsigned char)value;
    return to;
}

void *memcpy(void *to, const void *from, size_t count)
{
    volatile unsigned char *at = to;
    const unsigned char *source = from;
    while (count--)
        *at++ = *source++;
    return to;
}

static HANDLE child;

static WCHAR *allocate(DWORD characters)
{
    WCHAR *block = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, (SIZE_T)characters * sizeof(WCHAR));
    if (block == NULL)
        ExitProcess(BROKEN);
    return block;
}

/* Appends and answers the new end; the buffers are made large enough for what comes. */
static WCHAR *append(WCHAR *end, const WCHAR *text)
{
    while (*text)
        *end++ = *text++;
    *end = 0;
    return end;
}

static WCHAR *append_number(WCHAR *end, DWORD number)
{
    WCHAR digits[12];
    int at = 11;
    digits[at] = 0;
    do {
        digits[--at] = (WCHAR)('0' + number % 10);
        number /= 10;
    } while (number);
    return append(end, digits + at);
}

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

/* The path in the form that is not limited to 260 characters, where it needs it. */
static WCHAR *widened(WCHAR *path, DWORD length)
{
    WCHAR *wide;
    if (length < FIRST_LONG_PATH || (path[0] == '\\' && path[1] == '\\' && path[2] == '?'))
        return path;
    wide = allocate(length + 10);
    if (path[0] == '\\' && path[1] == '\\')
        append(append(wide, L"\\\\?\\UNC"), path + 1);
    else
        append(append(wide, L"\\\\?\\"), path);
    return wide;
}

/* Where this program lies: "ENVIRONMENT\" into folder, "NAME.exe" into name. */
static void find_self(WCHAR *folder, WCHAR *name)
{
    DWORD length = GetModuleFileNameW(NULL, folder, LONGEST_PATH);
    DWORD parts = 0;
    if (length == 0 || length >= LONGEST_PATH)
        fail(BROKEN, L"The launcher can't find out where it lies:", L"GetModuleFileName", GetLastError(), L"");
    while (length && parts < 2) {
        length--;
        if (folder[length] != '\\')
            continue;
        if (parts++ == 0)
            append(name, folder + length + 1);
    }
    folder[length + 1] = 0;
}

static int is_fit(char letter, int first)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           (!first && (letter == '.' || letter == '_' || letter == '+' || letter == '-'));
}

/* The release's name out of the pointer file. Who replaces the file right now holds it for a moment: so we try again. */
static void read_pointer(WCHAR *path, WCHAR *id)
{
    char bytes[LONGEST_ID + 2];
    DWORD size = 0, begin = 0, at, error = 0;
    HANDLE file = INVALID_HANDLE_VALUE;
    int tries;
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const WCHAR *again = L"Run the bundle's bootstrap.bat again";

    for (tries = 0; tries < TRIES; tries++) {
        file = CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file != INVALID_HANDLE_VALUE)
            break;
        error = GetLastError();
        if (error != ERROR_SHARING_VIOLATION && error != ERROR_ACCESS_DENIED)
            break;
        Sleep(20);
    }
    if (file == INVALID_HANDLE_VALUE)
        fail(ABSENT, L"No release is in use: there is no readable file", path, error, again);
    if (!ReadFile(file, bytes, sizeof bytes, &size, NULL))
        fail(ABSENT, L"No release is in use: there is no readable file", path, GetLastError(), again);
    CloseHandle(file);
    while (begin < size && (bytes[begin] == ' ' || bytes[begin] == '\t'))
        begin++;
    while (size > begin && (unsigned char)bytes[size - 1] <= ' ')
        size--;
    for (at = begin; at < size; at++) {
        if (!is_fit(bytes[at], at == begin))
            break;
        id[at - begin] = (WCHAR)bytes[at];
    }
    id[at - begin] = 0;
    if (size == begin || at < size || size - begin > LONGEST_ID)
        fail(ABSENT, L"No release is in use: no release's name stands in the file", path, 0, again);
}

/* What follows the program's own name on the command line, untouched. The name ends as the C runtime has it for argv[0]. */
static const WCHAR *arguments(void)
{
    const WCHAR *at = GetCommandLineW();
    int quoted = 0;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++)
        if (*at == '"')
            quoted = !quoted;
    return at;
}

static BOOL WINAPI on_console_event(DWORD event)
{
    /* Ctrl-C and Ctrl-Break reach the program as well, and it decides. After the others Windows ends whoever returns. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT && child != NULL)
        WaitForSingleObject(child, INFINITE);
    return TRUE;
}

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

static DWORD run(WCHAR *program)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION process;
    HANDLE job = make_job();
    const WCHAR *rest = arguments();
    WCHAR *line = allocate(2 * LONGEST_PATH);
    DWORD code = BROKEN;
    BOOL started;

    append(append(append(append(line, L"\""), program), L"\""), rest);
    SetConsoleCtrlHandler(on_console_event, TRUE);
    GetStartupInfoW(&startup);
    startup.lpReserved = NULL;
    startup.dwFlags |= STARTF_USESTDHANDLES;
    startup.hStdInput = inheritable(STD_INPUT_HANDLE);
    startup.hStdOutput = inheritable(STD_OUTPUT_HANDLE);
    startup.hStdError = inheritable(STD_ERROR_HANDLE);
    started = CreateProcessW(program, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &process);
    if (!started) {
        code = GetLastError();
        fail(code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ? ABSENT : BROKEN,
             L"The current release can't run", program, code, L"Run the bundle's bootstrap.bat again");
    }
    child = process.hProcess;
    if (job != NULL)
        AssignProcessToJobObject(job, child);
    ResumeThread(process.hThread);
    CloseHandle(process.hThread);
    WaitForSingleObject(child, INFINITE);
    GetExitCodeProcess(child, &code);
    return code;
}

void start(void)
{
    WCHAR *folder = allocate(LONGEST_PATH + 1), *name = allocate(LONGEST_PATH);
    WCHAR *pointer = allocate(2 * LONGEST_PATH), *program = allocate(2 * LONGEST_PATH);
    WCHAR *id = allocate(LONGEST_ID + 2);
    WCHAR *end;

    find_self(folder, name);
    end = append(append(pointer, folder), L"current");
    read_pointer(widened(pointer, (DWORD)(end - pointer)), id);
    end = append(append(append(program, folder), L"releases\\"), id);
    end = append(append(end, L"\\Scripts\\"), name);
    ExitProcess(run(widened(program, (DWORD)(end - program))));
}
