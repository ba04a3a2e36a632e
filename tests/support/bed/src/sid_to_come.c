/* For a test build of the service host: the service has a SID, and its process's token hasn't. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

static BOOL WINAPI found(LPCWSTR system, LPCWSTR name, PSID sid, LPDWORD size, LPWSTR domain, LPDWORD length, PSID_NAME_USE use)
{
    (void)system;
    (void)domain;
    (void)length;
    (void)use;
    (void)name;
    return CreateWellKnownSid(WinServiceSid, NULL, sid, size);
}

static BOOL WINAPI none(HANDLE token, PSID sid, PBOOL is)
{
    (void)token;
    (void)sid;
    *is = FALSE;
    return TRUE;
}

void *__imp_LookupAccountNameW = found;
void *__imp_CheckTokenMembership = none;
