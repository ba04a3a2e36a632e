/*
 * For a test build of the service host: what is in its job is told otherwise. With STRANGER the process whose number stands in C:\stranger is
 * named too, as if it had got that of one that has ended; with PARTLY there is always said to be more than the list has room for, as of a very large tree.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

typedef BOOL(WINAPI *querying)(HANDLE, JOBOBJECTINFOCLASS, LPVOID, DWORD, LPDWORD);

#ifdef STRANGER
static DWORD stranger(void)
{
    char bytes[16];
    DWORD count = 0, at, number = 0;
    HANDLE file = CreateFileW(L"C:\\stranger", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (!ReadFile(file, bytes, sizeof bytes, &count, NULL))
        count = 0;
    CloseHandle(file);
    for (at = 0; at < count && bytes[at] >= '0' && bytes[at] <= '9'; at++)
        number = number * 10 + (DWORD)(bytes[at] - '0');
    return number;
}
#endif

static BOOL WINAPI query(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID to, DWORD size, LPDWORD needed)
{
    querying real = (querying)(void *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "QueryInformationJobObject");
    BOOL done = real(job, what, to, size, needed);

    if (what == JobObjectBasicProcessIdList && done) {
#ifdef STRANGER
        JOBOBJECT_BASIC_PROCESS_ID_LIST *list = (JOBOBJECT_BASIC_PROCESS_ID_LIST *)to;
        list->ProcessIdList[list->NumberOfProcessIdsInList++] = stranger();
#endif
#ifdef PARTLY
        SetLastError(ERROR_MORE_DATA);
        return FALSE;
#endif
    }
    return done;
}

void *__imp_QueryInformationJobObject = query;
