/* Reading a service's settings: UTF-8, one "key=value" a line, the format first; bootstrap.bat writes them. */
#include "service.h"

#define FORMAT 1
#define LARGEST (1024 * 1024)

static int is_same(const WCHAR *text, const WCHAR *other)
{
    return CompareStringOrdinal(text, -1, other, -1, FALSE) == CSTR_EQUAL;
}

static int to_number(const WCHAR *text, DWORD *number)
{
    *number = 0;
    if (!*text)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || *number > 400000000)
            return 0;
        *number = *number * 10 + (DWORD)(*text - '0');
    }
    return 1;
}

void add_line(struct lines *lines, WCHAR *text)
{
    WCHAR **more = (WCHAR **)allocate((lines->count + 1) * (DWORD)(sizeof(WCHAR *) / sizeof(WCHAR)));
    if (lines->count)
        memcpy(more, lines->text, lines->count * sizeof(WCHAR *));
    more[lines->count++] = text;
    lines->text = more;
}

/* 0: there is no such key, or its value is none. Texts point into what was read. */
static int take(struct settings *settings, const WCHAR *key, WCHAR *value)
{
    const struct { const WCHAR *key; WCHAR **to; } texts[] = {
        {L"program", &settings->program}, {L"command", &settings->command}, {L"directory", &settings->directory},
        {L"release", &settings->release},
    };
    const struct { const WCHAR *key; DWORD *to; } numbers[] = {
        {L"log-size", &settings->log_size}, {L"log-count", &settings->log_count},
        {L"stop-timeout", &settings->stop_timeout},
    };
    const struct { const WCHAR *key; struct lines *to; } many[] = {
        {L"environment", &settings->environment}, {L"remove", &settings->remove}, {L"path", &settings->path},
        {L"library", &settings->libraries},
    };
    DWORD i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_same(key, texts[i].key)) {
            *texts[i].to = value;
            return 1;
        }
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (is_same(key, numbers[i].key))
            return to_number(value, numbers[i].to);
    for (i = 0; i < sizeof many / sizeof *many; i++)
        if (is_same(key, many[i].key)) {
            add_line(many[i].to, value);
            return 1;
        }
    return 0;
}

/* size: in characters; error: 0 where it is too large. */
static WCHAR *read_text(WCHAR *path, DWORD *size, DWORD *error)
{
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, read;
    HANDLE file = CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    char *bytes;
    WCHAR *text;
    int done;

    if (file == INVALID_HANDLE_VALUE) {
        *error = GetLastError();
        return NULL;
    }
    bytes = (char *)allocate(LARGEST / 2 + 1);
    done = ReadFile(file, bytes, LARGEST + 1, &read, NULL);
    *error = GetLastError();
    CloseHandle(file);
    if (!done)
        return NULL;
    *error = 0;
    if (read > LARGEST)
        return NULL;
    text = allocate(read + 1);
    *size = (DWORD)MultiByteToWideChar(CP_UTF8, 0, bytes, (int)read, text, (int)read);
    return text;
}

enum reading read_settings(WCHAR *path, struct settings *settings, DWORD *error)
{
    DWORD number = 0, format = 0, size = 0;
    WCHAR *text = read_text(path, &size, error), *line, *at;

    if (text == NULL)
        return *error ? SETTINGS_UNREADABLE : SETTINGS_TOO_LARGE;
    memset(settings, 0, sizeof *settings);
    for (line = text; line < text + size; number++) {
        WCHAR *value = NULL, *end;
        for (end = line; *end && *end != '\n'; end++)
            if (value == NULL && *end == '=')
                value = end;
        at = *end ? end + 1 : end;
        *error = number + 1;
        if (value == NULL || (*end == 0 && end < text + size))
            return SETTINGS_MALFORMED;
        *end = 0;
        if (end > value && end[-1] == '\r')
            end[-1] = 0;
        *value++ = 0;
        if (number == 0) {
            if (!is_same(line, L"format") || !to_number(value, &format) || !format)
                return SETTINGS_MALFORMED;
            *error = format;
            if (format > FORMAT)
                return SETTINGS_NEWER;
        } else if (!take(settings, line, value)) {
            return SETTINGS_MALFORMED;
        }
        line = at;
    }
    *error = number ? number : 1;
    return settings->program && settings->command && settings->directory && settings->release
               ? SETTINGS_READ
               : SETTINGS_MALFORMED;
}
