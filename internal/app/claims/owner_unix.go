//go:build unix

package claims

import (
	"fmt"
	"os"
)

// onlyOwners refuses a file that others than its owner may read or write.
func onlyOwners(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s has mode %04o: others may read it, and whoever has it can sign; chmod it to 0600 and change the key", path, mode)
	}
	return nil
}
