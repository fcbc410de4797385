package config

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
)

// EnvState is the environment variable that names the folder for state.
const EnvState = "SEAWALL_STATE"

// StateDir returns the folder for what has to outlive the process, as an absolute path: given (what a command line says) where it is not
// empty, else what [EnvState] names, else the folder that a service manager made ($STATE_DIRECTORY, systemd.exec(5)), else "seawall" in the
// user's state folder, which is $XDG_STATE_HOME or ~/.local/state (XDG Base Directory Specification), on Windows %LOCALAPPDATA%. It makes no
// folder. Where nothing says, that is an error for a person.
func StateDir(given string, getenv func(string) string) (string, error) {
	if given == "" {
		given = getenv(EnvState)
	}
	if given != "" {
		return filepath.Abs(given)
	}
	if folder, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), ":"); filepath.IsAbs(folder) {
		return filepath.Clean(folder), nil
	}
	for _, folder := range userStateDirs(getenv) {
		if filepath.IsAbs(folder) { // others are to be ignored
			return filepath.Join(folder, "seawall"), nil
		}
	}
	return "", errors.New("no folder for state: name one with --state or " + EnvState)
}

// userStateDirs returns where a user's state may be, the likeliest first.
func userStateDirs(getenv func(string) string) []string {
	if runtime.GOOS == "windows" {
		return []string{getenv("LOCALAPPDATA")}
	}
	return []string{getenv("XDG_STATE_HOME"), filepath.Join(getenv("HOME"), ".local", "state")}
}
