/*
 * What the launchers and the service host have in common: memory, text, and the way from a program in ENVIRONMENT\FOLDER to the
 * release that the file ENVIRONMENT\current names. Nothing but kernel32, no C runtime.
 */
#ifndef BASE_H
#define BASE_H
#define WIN32_LEAN_AND_MEAN
#define UNICODE
#include <windows.h>

#define BROKEN 1
#define LONGEST_PATH 32768
#define LONGEST_ID 128

enum pointer { POINTER_READ, POINTER_UNREADABLE, POINTER_MALFORMED };

/* Zeroed memory for so many characters; ends the process when there is none. */
WCHAR *allocate(DWORD characters);
DWORD length_of(const WCHAR *text);
/* Appends and answers the new end; the buffers are made large enough for what comes. */
WCHAR *append(WCHAR *end, const WCHAR *text);
WCHAR *append_number(WCHAR *end, DWORD number);
/* The path in the form that is not limited to 260 characters, where it needs it. */
WCHAR *widened(WCHAR *path, DWORD length);
/* Where this program lies: "ENVIRONMENT\" into folder, "NAME.exe" into name. 0: it can't be found out. */
int find_self(WCHAR *folder, WCHAR *name);
/* The release's name out of the pointer file, with the number of its settings; error is Windows' number where the file is unreadable. */
enum pointer read_pointer(WCHAR *path, WCHAR *id, DWORD *error);
/* Cuts the settings' number off a name: "1.0-0a1b2c3d+2" is the release 1.0-0a1b2c3d with its second settings. 0: there is none. */
int cut_settings(WCHAR *id);
/* What to say where a policy of the machine refused to start a program; NULL: the error is another one. Windows' own words name no policy. */
const WCHAR *policy_hint(DWORD error);
/* What follows the program's own name on the command line, untouched. */
const WCHAR *arguments(void);

#endif
