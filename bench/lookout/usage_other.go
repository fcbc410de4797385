//go:build !unix

package main

import "errors"

// ownUsage returns what this process has used.
func ownUsage() (usage, error) {
	return usage{}, errors.New("what a process uses is not known on this system")
}
