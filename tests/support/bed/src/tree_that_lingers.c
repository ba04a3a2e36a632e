/*
 * For a test build of the service host: ending a job only begins the end of its processes, and here it isn't over before there is a
 * file C:\let go. How often the host asked for how many are left is the size of C:\asked.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

typedef BOOL(WINAPI *ending)(HANDLE, UINT);
typedef BOOL(WINAPI *querying)(HANDLE, JOBOBJECTINFOCLASS, LPVOID, DWORD, LPDWORD);

static HANDLE ended;

static FARPROC real(const char *name)
{
    return GetProcAddress(GetModuleHandleW(L"kernel32.dll"), name);
}

static BOOL WINAPI end_job(HANDLE job, UINT code)
{
    (void)code;
    ended = job;
    return TRUE;
}

static BOOL WINAPI end_process(HANDLE process, UINT code)
{
    (void)process;
    (void)code;
    return TRUE;
}

static void asked(void)
{
    HANDLE file = CreateFileW(L"C:\\asked", FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS, 0, NULL);
    DWORD written;
    WriteFile(file, ".", 1, &written, NULL);
    CloseHandle(file);
}

static BOOL WINAPI query(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID to, DWORD size, LPDWORD needed)
{
    if (what == JobObjectBasicAccountingInformation && ended != NULL) {
        asked();
        if (GetFileAttributesW(L"C:\\let go") != INVALID_FILE_ATTRIBUTES)
            ((ending)(void *)real("TerminateJobObject"))(job, 1);
    }
    return ((querying)(void *)real("QueryInformationJobObject"))(job, what, to, size, needed);
}

void *__imp_TerminateJobObject = end_job;
void *__imp_TerminateProcess = end_process;
void *__imp_QueryInformationJobObject = query;
