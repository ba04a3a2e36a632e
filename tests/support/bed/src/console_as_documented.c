/*
 * For a test build of the service host: console functions that do as Microsoft documents them and Wine doesn't. "Calling AttachConsole,
 * AllocConsole, or FreeConsole will reset the table of control handlers in the client process to its initial state."
 *
 * ATTACH_FAILS: so many calls of AttachConsole fail first, as right after a program's start. UNGUARDED: handlers can't be added once
 * this process is on another's console, and then Ctrl-C must not be sent: the host would be ended by its own.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#ifndef ATTACH_FAILS
#define ATTACH_FAILS 0
#endif
#define MOST 32

typedef BOOL(WINAPI *setting)(PHANDLER_ROUTINE, BOOL);
typedef BOOL(WINAPI *freeing)(void);
typedef BOOL(WINAPI *attaching)(DWORD);
typedef BOOL(WINAPI *sending)(DWORD, DWORD);

static PHANDLER_ROUTINE added[MOST];
static int count, failed, attached;

static FARPROC real(const char *name)
{
    return GetProcAddress(GetModuleHandleW(L"kernel32.dll"), name);
}

static BOOL set(PHANDLER_ROUTINE handler, BOOL add)
{
    return ((setting)(void *)real("SetConsoleCtrlHandler"))(handler, add);
}

static void reset(void)
{
    while (count)
        set(added[--count], FALSE);
    set(NULL, FALSE);
}

static BOOL WINAPI documented_set(PHANDLER_ROUTINE handler, BOOL add)
{
#ifdef UNGUARDED
    if (attached && add) {
        SetLastError(ERROR_GEN_FAILURE);
        return FALSE;
    }
#endif
    if (handler != NULL && add && count < MOST)
        added[count++] = handler;
    return set(handler, add);
}

static BOOL WINAPI documented_free(void)
{
    BOOL done = ((freeing)(void *)real("FreeConsole"))();
    reset();
    attached = 0;
    return done;
}

static BOOL WINAPI documented_attach(DWORD process)
{
    BOOL done;
    reset();
    if (failed < ATTACH_FAILS) {
        failed++;
        SetLastError(ERROR_GEN_FAILURE);
        return FALSE;
    }
    done = ((attaching)(void *)real("AttachConsole"))(process);
    attached = attached || done;
    return done;
}

static BOOL WINAPI documented_send(DWORD event, DWORD group)
{
#ifdef UNGUARDED
    ExitProcess(0xC000013A);
#endif
    return ((sending)(void *)real("GenerateConsoleCtrlEvent"))(event, group);
}

void *__imp_SetConsoleCtrlHandler = documented_set;
void *__imp_FreeConsole = documented_free;
void *__imp_AttachConsole = documented_attach;
void *__imp_GenerateConsoleCtrlEvent = documented_send;
