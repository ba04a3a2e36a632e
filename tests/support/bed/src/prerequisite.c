/* A silent installer of something that is needed: copies itself to the file that /file= names (its version resource says
 * which version it is), and ends with the code that /code= names, 0 if none does. Without /quiet there is nobody to ask: 1602.
 * /log=FILE gets its command line.
 */
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
#include <wchar.h>

static const wchar_t *value_of(const wchar_t *argument, const wchar_t *name)
{
    size_t length = wcslen(name);

    return !_wcsnicmp(argument, name, length) ? argument + length : NULL;
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, wchar_t *line, int show)
{
    wchar_t own[MAX_PATH];
    int argc, i, quiet = 0;
    unsigned long code = 0;
    wchar_t **argv = CommandLineToArgvW(GetCommandLineW(), &argc);

    GetModuleFileNameW(NULL, own, MAX_PATH);
    for (i = 1; i < argc; i++) {
        const wchar_t *value;

        if (!_wcsicmp(argv[i], L"/quiet"))
            quiet = 1;
        else if ((value = value_of(argv[i], L"/code=")))
            code = wcstoul(value, NULL, 10);
        else if ((value = value_of(argv[i], L"/log="))) {
            FILE *log = _wfopen(value, L"w, ccs=UTF-8");

            if (!log)
                return 1603;
            fputws(GetCommandLineW(), log);
            fclose(log);
        } else if ((value = value_of(argv[i], L"/file="))) {
            if (!CopyFileW(own, value, FALSE))
                return 1603;
        } else
            return 87;
    }
    return quiet ? (int)code : 1602;
}
