package ready

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// backupMark is the file in the state folder that says when the store there was last backed up: one time, as RFC 3339 writes it.
const backupMark = "backup.last"

// MarkBackup notes that the store in a state folder was backed up.
func MarkBackup(state string, at time.Time) error {
	return os.WriteFile(filepath.Join(state, backupMark), []byte(at.UTC().Format(time.RFC3339)+"\n"), 0o600)
}

// LastBackup returns when that was; an error that is [fs.ErrNotExist] when it never was.
func LastBackup(state string) (time.Time, error) {
	text, err := os.ReadFile(filepath.Join(state, backupMark))
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
	if err != nil {
		return at, fmt.Errorf("%s holds no time", backupMark)
	}
	return at, nil
}
