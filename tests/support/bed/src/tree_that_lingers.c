/*
 * For a test build of the service host: terminating only begins the end of a process, and here one is still counted as long as there is no
 * file C:\let go. How often the host asked for how many are left is the size of C:\asked.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

typedef BOOL(WINAPI *querying)(HANDLE, JOBOBJECTINFOCLASS, LPVOID, DWORD, LPDWORD);

static void asked(void)
{
    HANDLE file = CreateFileW(L"C:\\asked", FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS, 0, NULL);
    DWORD written;
    WriteFile(file, ".", 1, &written, NULL);
    CloseHandle(file);
}

static BOOL WINAPI query(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID to, DWORD size, LPDWORD needed)
{
    querying real = (querying)(void *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "QueryInformationJobObject");
    BOOL done = real(job, what, to, size, needed);

    if (what == JobObjectBasicAccountingInformation) {
        asked();
        if (GetFileAttributesW(L"C:\\let go") == INVALID_FILE_ATTRIBUTES)
            ((JOBOBJECT_BASIC_ACCOUNTING_INFORMATION *)to)->ActiveProcesses++;
    }
    return done;
}

void *__imp_QueryInformationJobObject = query;
