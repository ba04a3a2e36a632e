/*
 * A program that ends with the exit code in the variable ENDS_WITH, as one does that Windows couldn't load, and says before what is in
 * ENDS_SAYING, where cmd says why a program can't be started.
 */
#define WIN32_LEAN_AND_MEAN
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

int main(void)
{
    const char *code = getenv("ENDS_WITH"), *words = getenv("ENDS_SAYING");
    if (words)
        fprintf(stderr, "%s\n", words);
    fflush(stderr);
    ExitProcess(code ? (UINT)strtol(code, NULL, 10) : 0);
}
