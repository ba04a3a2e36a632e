/* python.exe and pythonw.exe (with GUI): what python.org's do, with PY2 for Python 2. */
#include <windows.h>
#include <stdlib.h>

#ifdef PY2
__declspec(dllimport) int Py_Main(int, char **);
#define ARGUMENTS __argv
#define CONSOLE_MAIN main
#define GUI_MAIN WinMain
#define TEXT_POINTER LPSTR
#else
__declspec(dllimport) int Py_Main(int, wchar_t **);
#define ARGUMENTS __wargv
#define CONSOLE_MAIN wmain
#define GUI_MAIN wWinMain
#define TEXT_POINTER LPWSTR
#endif

#ifdef GUI
int WINAPI GUI_MAIN(HINSTANCE instance, HINSTANCE previous, TEXT_POINTER line, int show)
#else
int CONSOLE_MAIN(void)
#endif
{
    return Py_Main(__argc, ARGUMENTS);
}
