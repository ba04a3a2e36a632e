#include "base.h"

#define FIRST_LONG_PATH 240 /* from here on only the \\?\ form works everywhere */
#define TRIES 50

/* What headers of other compilers lack (system error codes). */
#ifndef ERROR_INVALID_IMAGE_HASH
#define ERROR_INVALID_IMAGE_HASH 577L
#endif
#ifndef ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION
#define ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION 4551L
#endif

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

WCHAR *allocate(DWORD characters)
{
    WCHAR *block = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, (SIZE_T)characters * sizeof(WCHAR));
    if (block == NULL)
        ExitProcess(BROKEN);
    return block;
}

DWORD length_of(const WCHAR *text)
{
    DWORD length = 0;
    while (text[length])
        length++;
    return length;
}

WCHAR *append(WCHAR *end, const WCHAR *text)
{
    while (*text)
        *end++ = *text++;
    *end = 0;
    return end;
}

WCHAR *append_number(WCHAR *end, DWORD number)
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

WCHAR *widened(WCHAR *path, DWORD length)
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

int find_self(WCHAR *folder, WCHAR *name)
{
    DWORD length = GetModuleFileNameW(NULL, folder, LONGEST_PATH);
    DWORD parts = 0;
    if (length == 0 || length >= LONGEST_PATH)
        return 0;
    while (length && parts < 2) {
        length--;
        if (folder[length] != '\\')
            continue;
        if (parts++ == 0)
            append(name, folder + length + 1);
    }
    folder[length + 1] = 0;
    return 1;
}

static int is_fit(char letter, int first)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           (!first && (letter == '.' || letter == '_' || letter == '+' || letter == '-'));
}

/* Who replaces the file right now holds it for a moment: so we try again. */
enum pointer read_pointer(WCHAR *path, WCHAR *id, DWORD *error)
{
    char bytes[LONGEST_ID + 2];
    DWORD size = 0, begin = 0, at;
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    int tries, done;

    for (tries = 0; tries < TRIES; tries++) {
        file = CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file != INVALID_HANDLE_VALUE)
            break;
        *error = GetLastError();
        if (*error != ERROR_SHARING_VIOLATION && *error != ERROR_ACCESS_DENIED)
            break;
        Sleep(20);
    }
    if (file == INVALID_HANDLE_VALUE)
        return POINTER_UNREADABLE;
    done = ReadFile(file, bytes, sizeof bytes, &size, NULL);
    *error = GetLastError();
    CloseHandle(file);
    if (!done)
        return POINTER_UNREADABLE;
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
    return size == begin || at < size || size - begin > LONGEST_ID ? POINTER_MALFORMED : POINTER_READ;
}

int cut_settings(WCHAR *id)
{
    DWORD end = length_of(id), at = end;
    while (at && id[at - 1] >= '0' && id[at - 1] <= '9')
        at--;
    if (at == end || !at || id[at - 1] != '+')
        return 0;
    id[at - 1] = 0;
    return 1;
}

const WCHAR *policy_hint(DWORD error)
{
    if (error != ERROR_ACCESS_DISABLED_BY_POLICY && error != ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION &&
        error != ERROR_INVALID_IMAGE_HASH)
        return NULL;
    return L"A policy of this machine (AppLocker, App Control or software restriction) refuses it: \"bundle app-control\", on the build host, "
           L"makes rules for all programs of a bundle";
}

/* The name ends as the C runtime has it for argv[0]. */
const WCHAR *arguments(void)
{
    const WCHAR *at = GetCommandLineW();
    int quoted = 0;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++)
        if (*at == '"')
            quoted = !quoted;
    return at;
}
