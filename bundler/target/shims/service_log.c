/* The service's log file, which is exchanged for a new one when it is full, and Windows' event log. */
#include "service.h"

#define LONGEST_EVENT 30000 /* characters; Windows takes no more than 31839 */
#define EVENT 1             /* of the messages of Windows' EventCreate.exe, where they are looked up: the sentence alone */
#define STAMP 32            /* characters before a sentence, at most */

static CRITICAL_SECTION lock;
static HANDLE events, file = INVALID_HANDLE_VALUE;
static LONGLONG written;
static WCHAR *log_path;
static DWORD most_bytes, most_files;
/* While the file can't be written: what it should hold, why, and since when. */
static struct tail held;
static DWORD trouble;
static WCHAR since[STAMP];

static WCHAR *numbered(DWORD number)
{
    WCHAR *path = allocate(length_of(log_path) + 16), *end = append(path, log_path);
    if (number)
        append_number(append(end, L"."), number);
    return path;
}

static void reopen(void)
{
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    LARGE_INTEGER size;
    file = CreateFileW(log_path, FILE_APPEND_DATA | SYNCHRONIZE, share, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    written = file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &size) ? size.QuadPart : 0;
}

/* Who reads the file may be in the way: then it grows on, and its exchange is tried again a file's length later. */
static void exchange(void)
{
    DWORD number;
    CloseHandle(file);
    if (most_files == 0)
        DeleteFileW(log_path);
    for (number = most_files; number > 0; number--) {
        WCHAR *from = numbered(number - 1), *to = numbered(number);
        MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING);
        HeapFree(GetProcessHeap(), 0, from);
        HeapFree(GetProcessHeap(), 0, to);
    }
    reopen();
    written = 0;
}

void open_events(const WCHAR *name)
{
    InitializeCriticalSection(&lock);
    events = RegisterEventSourceW(NULL, name);
}

void open_log(WCHAR *path)
{
    log_path = widened(path, length_of(path));
}

void limit_log(DWORD size, DWORD count)
{
    most_bytes = size;
    most_files = count;
}

void keep(struct tail *tail, const char *bytes, DWORD count)
{
    if (tail->bytes == NULL)
        tail->bytes = (char *)allocate(KEPT);
    if (count > KEPT) {
        tail->dropped += tail->count + (count - KEPT);
        tail->count = 0;
        bytes += count - KEPT;
        count = KEPT;
    }
    if (tail->count + count > 2 * KEPT) {
        tail->dropped += tail->count - KEPT;
        memcpy(tail->bytes, tail->bytes + tail->count - KEPT, KEPT);
        tail->count = KEPT;
    }
    memcpy(tail->bytes + tail->count, bytes, count);
    tail->count += count;
}

static WCHAR *append_two(WCHAR *end, DWORD number, const WCHAR *after)
{
    if (number < 10)
        end = append(end, L"0");
    return append(append_number(end, number), after);
}

/* 2026-11-23 14:05:09+01:00 */
static WCHAR *append_now(WCHAR *end)
{
    TIME_ZONE_INFORMATION zone;
    SYSTEMTIME now;
    LONG west = 0;
    GetLocalTime(&now);
    switch (GetTimeZoneInformation(&zone)) {
    case TIME_ZONE_ID_DAYLIGHT:
        west = zone.Bias + zone.DaylightBias;
        break;
    case TIME_ZONE_ID_STANDARD:
        west = zone.Bias + zone.StandardBias;
        break;
    case TIME_ZONE_ID_UNKNOWN:
        west = zone.Bias;
        break;
    }
    end = append(append_number(end, now.wYear), L"-");
    end = append_two(append_two(end, now.wMonth, L"-"), now.wDay, L" ");
    end = append_two(append_two(append_two(end, now.wHour, L":"), now.wMinute, L":"), now.wSecond, west > 0 ? L"-" : L"+");
    west = west > 0 ? west : -west;
    return append_two(append_two(end, (DWORD)west / 60, L":"), (DWORD)west % 60, L"");
}

/* A line of the log as UTF-8; its bytes are to be freed. */
static char *encoded(const WCHAR *text, DWORD *count)
{
    DWORD length = length_of(text);
    char *bytes = (char *)allocate(2 * length + 1);
    *count = (DWORD)WideCharToMultiByte(CP_UTF8, 0, text, (int)length, bytes, (int)(4 * length), NULL, NULL);
    return bytes;
}

static void tell(enum kind kind, WCHAR *sentence)
{
    const WCHAR *strings[1];
    if (length_of(sentence) > LONGEST_EVENT)
        sentence[LONGEST_EVENT] = 0;
    strings[0] = sentence;
    if (events != NULL)
        ReportEventW(events, kind == FAILURE ? EVENTLOG_ERROR_TYPE : EVENTLOG_INFORMATION_TYPE, 0, EVENT, NULL, 1, 0, strings, NULL);
}

static void hold(const char *bytes, DWORD count)
{
    if (held.count == 0) {
        WCHAR *text = allocate(LONGEST_TEXT), *why = error_text(trouble);
        WCHAR *end = append(append(append(append(text, L"The log "), log_path), L" can't be written ("), why);
        end = append_number(append(end, L"). It is tried again with every line, and the last "), KEPT / 1024);
        append(end, L" kB of what it should hold are kept until then.");
        tell(FAILURE, text);
        HeapFree(GetProcessHeap(), 0, why);
        HeapFree(GetProcessHeap(), 0, text);
        append_now(since);
    }
    keep(&held, bytes, count);
}

/* The file, opened again if it could not be written the last time. 0: still not; the number of the error is in trouble. */
static int is_open(void)
{
    if (file == INVALID_HANDLE_VALUE)
        reopen();
    if (file == INVALID_HANDLE_VALUE)
        trouble = GetLastError();
    return file != INVALID_HANDLE_VALUE;
}

static int put(const char *bytes, DWORD count)
{
    DWORD done;
    if (WriteFile(file, bytes, count, &done, NULL)) {
        written += done;
        return 1;
    }
    trouble = GetLastError();
    CloseHandle(file);
    file = INVALID_HANDLE_VALUE;
    return 0;
}

/* What was held, behind a line that says why it comes so late. */
static int put_held(void)
{
    WCHAR *text = allocate(2048), *why = error_text(trouble), *end = append_now(append(text, L"-- "));
    char *bytes;
    DWORD count;
    int done;

    end = append(append(append(append(end, L" This log could not be written since "), since), L" ("), why);
    end = append_number(append(end, L"). Of what was to be written "), (DWORD)held.dropped);
    append(append_number(append(end, L" bytes are lost, and the last "), held.count), L" follow:\r\n");
    bytes = encoded(text, &count);
    done = put(bytes, count) && put(held.bytes, held.count);
    if (done)
        held.count = 0;
    held.dropped = done ? 0 : held.dropped;
    HeapFree(GetProcessHeap(), 0, bytes);
    HeapFree(GetProcessHeap(), 0, why);
    HeapFree(GetProcessHeap(), 0, text);
    return done;
}

void log_bytes(const char *bytes, DWORD count)
{
    EnterCriticalSection(&lock);
    if (file != INVALID_HANDLE_VALUE && most_bytes && written && written + count > most_bytes)
        exchange();
    if (!is_open() || (held.count && !put_held()) || !put(bytes, count))
        hold(bytes, count);
    LeaveCriticalSection(&lock);
}

void say(enum kind kind, const WCHAR *first, ...)
{
    WCHAR *text = allocate(LONGEST_TEXT), *end = append(append_now(append(text, L"-- ")), L" "), *sentence = end;
    const WCHAR *part;
    char *bytes;
    DWORD count;
    __builtin_va_list parts;

    __builtin_va_start(parts, first);
    for (part = first; part != NULL; part = __builtin_va_arg(parts, const WCHAR *))
        if ((DWORD)(end - text) + length_of(part) + 3 < LONGEST_TEXT)
            end = append(end, part);
    __builtin_va_end(parts);
    append(end, L"\r\n");
    bytes = encoded(text, &count);
    log_bytes(bytes, count);
    *end = 0;
    tell(kind, sentence);
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
