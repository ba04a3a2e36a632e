/*
 * Writes the parts of the registry that a rehearsal compares to files, as Wine's server keeps them: a request for each part, where an
 * export makes several for every key. Keys that don't outlive a restart are left out.
 *
 *   BUNDLE_SAVE_AS  how the files' paths begin; software, system and user follow
 *
 * The exit code is 0, or the error of the first part that can't be saved.
 */
#include "base.h"

static LSTATUS saved(HKEY hive, const WCHAR *key, const WCHAR *begin, const WCHAR *name)
{
    WCHAR *path = allocate(length_of(begin) + length_of(name) + 1);
    HKEY opened;
    LSTATUS error = RegOpenKeyExW(hive, key, 0, KEY_READ | KEY_WOW64_64KEY, &opened);

    append(append(path, begin), name);
    if (error)
        return error;
    error = RegSaveKeyW(opened, path, NULL);
    RegCloseKey(opened);
    return error;
}

/* Who administers has the right to back up, and must say so. */
static void allow_backup(void)
{
    TOKEN_PRIVILEGES wanted;
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token))
        return;
    wanted.PrivilegeCount = 1;
    wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (LookupPrivilegeValueW(NULL, SE_BACKUP_NAME, &wanted.Privileges[0].Luid))
        AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL);
    CloseHandle(token);
}

void start(void)
{
    WCHAR *begin = allocate(LONGEST_PATH);
    LSTATUS error;

    GetEnvironmentVariableW(L"BUNDLE_SAVE_AS", begin, LONGEST_PATH);
    allow_backup();
    error = saved(HKEY_LOCAL_MACHINE, L"Software", begin, L"software");
    if (!error)
        error = saved(HKEY_LOCAL_MACHINE, L"System\\CurrentControlSet", begin, L"system");
    if (!error)
        error = saved(HKEY_CURRENT_USER, NULL, begin, L"user");
    ExitProcess(error);
}
