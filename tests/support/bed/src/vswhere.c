/* A stand-in of Microsoft's vswhere.exe: it takes the same options, refuses others as the real one does (87), and prints
   the file COMPONENT.json that lies beside it, COMPONENT being what -requires names; `[]` where there is none. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static const wchar_t *const WITH_VALUE[] = {L"-products", L"-requires", L"-format", L"-version", L"-property", NULL};
static const wchar_t *const PLAIN[] = {L"-prerelease", L"-utf8", L"-nologo", L"-latest", L"-all", L"-sort", NULL};

static int among(const wchar_t *const *words, const wchar_t *word)
{
    for (; *words; words++)
        if (!_wcsicmp(*words, word))
            return 1;
    return 0;
}

int wmain(int count, wchar_t **arguments)
{
    wchar_t path[1024], *end;
    const wchar_t *component = L"", *format = L"text";
    int utf8 = 0, logo = 1;

    for (int at = 1; at < count; at++) {
        const wchar_t *word = arguments[at];
        if (among(PLAIN, word)) {
            utf8 |= !_wcsicmp(word, L"-utf8");
            logo &= _wcsicmp(word, L"-nologo") != 0;
        } else if (among(WITH_VALUE, word) && at + 1 < count) {
            const wchar_t *value = arguments[++at];
            if (!_wcsicmp(word, L"-requires"))
                component = value;
            if (!_wcsicmp(word, L"-format"))
                format = value;
        } else {
            fprintf(stderr, "Error 0x57: Unknown parameter: %ls\r\n", word);
            return ERROR_INVALID_PARAMETER;
        }
    }
    _setmode(1, _O_BINARY);
    if (wcscmp(format, L"json") || !utf8) {
        printf("Visual Studio Locator version 3.1.7 [query version 3.11.2180.21897]\r\n");
        return 0;
    }
    (void)logo; /* JSON comes without one */
    GetModuleFileNameW(NULL, path, 900);
    end = wcsrchr(path, L'\\') + 1;
    _snwprintf(end, 120, L"%ls.json", component);
    FILE *found = _wfopen(path, L"rb");
    if (!found) {
        printf("[]\r\n");
        return 0;
    }
    for (int byte; (byte = fgetc(found)) != EOF;)
        putchar(byte);
    fclose(found);
    return 0;
}
