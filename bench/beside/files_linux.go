package main

import "syscall"

// manyFiles lets this process, and those that it starts, have as many files open as the connections need. Without the right to do so the
// proxies have fewer connections, and say so.
func manyFiles() error {
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 1 << 16, Max: 1 << 16})
}
