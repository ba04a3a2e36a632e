/* For a test build of the service host: the environment block that a program is started with goes to C:\block, and the error mode that it inherits behind it. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

typedef BOOL(WINAPI *starting)(LPCWSTR, LPWSTR, LPSECURITY_ATTRIBUTES, LPSECURITY_ATTRIBUTES, BOOL, DWORD, LPVOID, LPCWSTR, LPSTARTUPINFOW,
                               LPPROCESS_INFORMATION);

static BOOL WINAPI seen(LPCWSTR program, LPWSTR line, LPSECURITY_ATTRIBUTES own, LPSECURITY_ATTRIBUTES thread, BOOL inherit, DWORD flags,
                        LPVOID block, LPCWSTR folder, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION process)
{
    HANDLE file = CreateFileW(L"C:\\block", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    FARPROC real = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "CreateProcessW");
    const WCHAR *end = block;
    WCHAR mode = (WCHAR)GetErrorMode();
    DWORD written;
    while (end[0] || end[1])
        end++;
    WriteFile(file, block, (DWORD)((end + 2 - (const WCHAR *)block) * sizeof(WCHAR)), &written, NULL);
    WriteFile(file, &mode, sizeof mode, &written, NULL);
    CloseHandle(file);
    return ((starting)(void *)real)(program, line, own, thread, inherit, flags, block, folder, startup, process);
}

void *__imp_CreateProcessW = seen;
