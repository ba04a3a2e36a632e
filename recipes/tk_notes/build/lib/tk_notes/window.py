"""The program notes: one window."""

import tkinter
from tkinter import messagebox, scrolledtext

from tk_notes import __version__
from tk_notes.place import notes_file


def main():
    root = tkinter.Tk()
    root.title(f"Notes {__version__}")
    root.geometry("480x320")
    text = scrolledtext.ScrolledText(root, wrap="word", font=("Segoe UI", 11))
    text.pack(fill="both", expand=True)
    path = notes_file()
    if path.is_file():
        text.insert("1.0", path.read_text(encoding="utf-8"))

    def close():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.get("1.0", "end-1c"), encoding="utf-8")
        except OSError as error:
            messagebox.showerror("Notes", f"The notes can't be saved: {error}")
            return
        root.destroy()

    root.protocol("WM_DELETE_WINDOW", close)
    root.mainloop()
