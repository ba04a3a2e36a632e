/* A stand-in of Microsoft's vs_BuildTools.exe: it writes its command line to C:\tools.txt, refuses what the real one refuses,
   and puts in place what was staged: C:\staged\BuildTools (to FOLDER) and C:\staged\Installer (to INSTALLER). */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

int wmain(int count, wchar_t **arguments)
{
    int quiet = 0, waits = 0, workload = 0;
    FILE *log = _wfopen(L"C:\\tools.txt", L"a");

    for (int at = 1; at < count; at++) {
        fwprintf(log, L"%ls%ls", at > 1 ? L" " : L"", arguments[at]);
        quiet |= !wcscmp(arguments[at], L"--quiet");
        waits |= !wcscmp(arguments[at], L"--wait");
        workload |= !wcscmp(arguments[at], L"Microsoft.VisualStudio.Workload.VCTools") && !wcscmp(arguments[at - 1], L"--add");
    }
    fwprintf(log, L"\n");
    fclose(log);
    if (!quiet || !waits || !workload)
        return 87;
    if (!MoveFileW(L"C:\\staged\\BuildTools", FOLDER) || !MoveFileW(L"C:\\staged\\Installer", INSTALLER))
        return 1603;
    return 3010;
}
