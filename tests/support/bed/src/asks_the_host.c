/* Stand-in of a program that Wine hasn't or that does nothing there: hands its name, the file that is its input, its current folder and its arguments to whoever
 * listens on loopback at the port that STANDIN_PORT says, and prints what comes back. Sent: texts in UTF-8, each with a zero behind it.
 * Received: the exit code in decimal, a line end, and what to print. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

static SOCKET link_;

static void out(const wchar_t *text)
{
    static char utf8[65536];
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);

    if (size <= 0 || send(link_, utf8, size, 0) != size)
        exit(251);
}

int wmain(int argc, wchar_t **argv)
{
    WSADATA data;
    struct sockaddr_in address = { 0 };
    static wchar_t path[32768];
    wchar_t *port = _wgetenv(L"STANDIN_PORT"), *name;
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    static char answer[65536];
    int size, code = 0, begun = 0;

    if (!port || WSAStartup(MAKEWORD(2, 2), &data))
        return 250;
    link_ = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons((u_short)_wtoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(link_, (struct sockaddr *)&address, sizeof address))
        return 252;
    GetModuleFileNameW(NULL, path, 32768);
    name = wcsrchr(path, L'\\');
    out(name ? name + 1 : path);
    path[0] = 0;
    if (GetFileType(input) == FILE_TYPE_DISK)
        GetFinalPathNameByHandleW(input, path, 32768, 0);
    out(path);
    GetCurrentDirectoryW(32768, path);
    out(path);
    for (int i = 1; i < argc; i++)
        out(argv[i]);
    shutdown(link_, SD_SEND);
    while ((size = recv(link_, answer, sizeof answer, 0)) > 0) {
        int at = 0;
        while (!begun && at < size) {
            if (answer[at] == '\n')
                begun = 1;
            else
                code = code * 10 + answer[at] - '0';
            at++;
        }
        fwrite(answer + at, 1, size - at, stdout);
    }
    return begun ? code : 253;
}
