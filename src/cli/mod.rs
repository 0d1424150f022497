//! Arguments, files, the terminal and exit statuses: all of it, and only here.
