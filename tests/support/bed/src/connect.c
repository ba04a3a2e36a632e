/* connect HOST PORT: 0 if a TCP connection can be made, else the Winsock error (as the program's exit code). */
#include <winsock2.h>
#include <ws2tcpip.h>

int main(int argc, char **argv)
{
    WSADATA data;
    struct addrinfo hints = { 0 }, *found;
    int error;

    if (argc != 3)
        return ERROR_BAD_ARGUMENTS;
    if ((error = WSAStartup(MAKEWORD(2, 2), &data)))
        return error;
    hints.ai_socktype = SOCK_STREAM;
    if ((error = getaddrinfo(argv[1], argv[2], &hints, &found)))
        return error;
    for (struct addrinfo *each = found; each; each = each->ai_next) {
        SOCKET s = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
        if (s == INVALID_SOCKET) {
            error = WSAGetLastError();
            continue;
        }
        if (!connect(s, each->ai_addr, (int)each->ai_addrlen))
            return 0;
        error = WSAGetLastError();
        closesocket(s);
    }
    return error;
}
