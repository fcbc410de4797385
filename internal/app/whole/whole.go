// Package whole writes small files that are there as a whole or not at all, whatever happens while they are written.
package whole

import (
	"errors"
	"os"
	"path/filepath"
)

// Write puts data into the file at path, which its owner alone may read, in place of what was there. The folder has to be there. Whoever opens the
// file meanwhile, or after a crash, finds what was there before or all of data.
func Write(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}
