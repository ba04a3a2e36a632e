/* The service's log file, which is exchanged for a new one when it is full, and Windows' event log. */
#include "service.h"

#define LONGEST_EVENT 30000 /* characters; Windows takes no more than 31839 */
#define EVENT 1             /* the one message of this program's message table: the sentence alone */

static CRITICAL_SECTION lock;
static HANDLE events, file = INVALID_HANDLE_VALUE;
static LONGLONG written;
static WCHAR *log_path;
static DWORD most_bytes, most_files;

static WCHAR *numbered(DWORD number)
{
    WCHAR *path = allocate(length_of(log_path) + 16), *end = append(path, log_path);
    if (number)
        end = append_number(append(end, L"."), number);
    return widened(path, (DWORD)(end - path));
}

static void reopen(void)
{
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    LARGE_INTEGER size;
    file = CreateFileW(numbered(0), FILE_APPEND_DATA | SYNCHRONIZE, share, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    written = file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &size) ? size.QuadPart : 0;
}

/* Who reads the file may be in the way: then it grows on, and its exchange is tried again a file's length later. */
static void exchange(void)
{
    DWORD number;
    CloseHandle(file);
    if (most_files == 0)
        DeleteFileW(numbered(0));
    for (number = most_files; number > 0; number--)
        MoveFileExW(numbered(number - 1), numbered(number), MOVEFILE_REPLACE_EXISTING);
    reopen();
    written = 0;
}

void open_events(const WCHAR *name)
{
    InitializeCriticalSection(&lock);
    events = RegisterEventSourceW(NULL, name);
}

int open_log(WCHAR *path)
{
    log_path = path;
    reopen();
    return file != INVALID_HANDLE_VALUE;
}

void limit_log(DWORD size, DWORD count)
{
    most_bytes = size;
    most_files = count;
}

void log_bytes(const char *bytes, DWORD count)
{
    DWORD done;
    if (file == INVALID_HANDLE_VALUE)
        return;
    EnterCriticalSection(&lock);
    if (most_bytes && written && written + count > most_bytes)
        exchange();
    if (file != INVALID_HANDLE_VALUE && WriteFile(file, bytes, count, &done, NULL))
        written += done;
    LeaveCriticalSection(&lock);
}

static WCHAR *append_two(WCHAR *end, DWORD number, const WCHAR *after)
{
    if (number < 10)
        end = append(end, L"0");
    return append(append_number(end, number), after);
}

void say(enum kind kind, const WCHAR *first, ...)
{
    WCHAR *text = allocate(LONGEST_TEXT), *sentence, *end;
    const WCHAR *part, *strings[1];
    char *bytes;
    SYSTEMTIME now;
    __builtin_va_list parts;

    GetLocalTime(&now);
    end = append(append_number(append(text, L"-- "), now.wYear), L"-");
    end = append_two(append_two(end, now.wMonth, L"-"), now.wDay, L" ");
    sentence = append_two(append_two(append_two(end, now.wHour, L":"), now.wMinute, L":"), now.wSecond, L" ");
    end = sentence;
    __builtin_va_start(parts, first);
    for (part = first; part != NULL; part = __builtin_va_arg(parts, const WCHAR *))
        if ((DWORD)(end - text) + length_of(part) + 3 < LONGEST_TEXT)
            end = append(end, part);
    __builtin_va_end(parts);
    append(end, L"\r\n");
    bytes = (char *)allocate(2 * LONGEST_TEXT);
    log_bytes(bytes, (DWORD)WideCharToMultiByte(CP_UTF8, 0, text, (int)(end - text) + 2, bytes, 4 * LONGEST_TEXT, NULL, NULL));
    *end = 0;
    if (end - sentence > LONGEST_EVENT)
        sentence[LONGEST_EVENT] = 0;
    strings[0] = sentence;
    if (events != NULL)
        ReportEventW(events, kind == FAILURE ? EVENTLOG_ERROR_TYPE : EVENTLOG_INFORMATION_TYPE, 0, EVENT, NULL, 1, 0, strings, NULL);
    HeapFree(GetProcessHeap(), 0, bytes);
    HeapFree(GetProcessHeap(), 0, text);
}

WCHAR *number_text(DWORD number)
{
    WCHAR *text = allocate(12);
    append_number(text, number);
    return text;
}

/* Windows' own codes are known by their hexadecimal form. */
WCHAR *code_text(DWORD code)
{
    WCHAR *text = number_text(code);
    int shift;
    if (code < 0x80000000)
        return text;
    text[0] = '0';
    text[1] = 'x';
    for (shift = 0; shift < 8; shift++)
        text[2 + shift] = L"0123456789ABCDEF"[code >> (28 - 4 * shift) & 15];
    return text;
}

WCHAR *error_text(DWORD error)
{
    WCHAR *text = allocate(1024), *end = append_number(append(text, L"error "), error);
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, end + 2, 900, NULL);
    if (length) {
        end[0] = ':';
        end[1] = ' ';
        for (length += 2; end[length - 1] <= ' ' || end[length - 1] == '.'; length--)
            ;
        end[length] = 0;
    }
    return text;
}
