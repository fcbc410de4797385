package statuspage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/whole"
	"github.com/seawall-project/seawall/internal/room/status"
)

// Files in the state folder.
const (
	shownFile  = "status-shown.json"
	frozenFile = "status-frozen.json"
)

// maxFile is how much of them is read, in bytes.
const maxFile = 1 << 20

// recall returns what the page said last; nil when it said nothing yet. What cannot be made sense of is as if it were not there: the next page
// says how things are.
func recall(state string) (*status.Shown, error) {
	data, err := readSmall(filepath.Join(state, shownFile))
	if data == nil || err != nil {
		return nil, err
	}
	var s status.Shown
	if readable := json.Unmarshal(data, &s) == nil; !readable || s.At.IsZero() {
		return nil, nil
	}
	return &s, nil
}

func remember(state string, s status.Shown) error {
	return writeJSON(filepath.Join(state, shownFile), s)
}

// freeze is what a frozen page's file holds.
type freeze struct {
	Since time.Time           `json:"since"`
	By    string              `json:"by"`
	Words map[string][]string `json:"words"`
}

// Freeze keeps an owner's page as it is until [Thaw], with words in place of its others if there are any, as [status.ParseWords] reads them. One
// that is frozen already has been so since then.
func Freeze(state, by string, words map[seawall.Language]string, now time.Time) error {
	f := freeze{Since: now.UTC(), By: by, Words: map[string][]string{}}
	for l, text := range words {
		w, err := status.ParseWords([]byte(text))
		if err != nil {
			return err
		}
		f.Words[l.String()] = w
	}
	was, err := Frozen(state)
	if err != nil {
		return err
	}
	if was != nil {
		f.Since = was.Since
	}
	return writeJSON(filepath.Join(state, frozenFile), f)
}

// Thaw lets the page go on, and reports whether it was frozen.
func Thaw(state string) (bool, error) {
	err := os.Remove(filepath.Join(state, frozenFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Frozen returns how the page was frozen; nil when it was not. A file that cannot be made sense of is an error: a page that somebody wants
// still does not move.
func Frozen(state string) (*status.Freeze, error) {
	path := filepath.Join(state, frozenFile)
	data, err := readSmall(path)
	if data == nil || err != nil {
		return nil, err
	}
	var f freeze
	if err := json.Unmarshal(data, &f); err != nil || f.Since.IsZero() {
		return nil, fmt.Errorf("%s is damaged: freeze the page again, or let it go on with \"seawall status thaw\"", path)
	}
	out := &status.Freeze{Since: f.Since, Words: map[seawall.Language][]string{}}
	for _, l := range seawall.Languages() {
		if w := f.Words[l.String()]; len(w) > 0 {
			out.Words[l] = w
		}
	}
	return out, nil
}

// readSmall returns what is in a file; nil when there is none.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if data == nil {
		data = []byte{}
	}
	return data, err
}

// writeJSON replaces a file in one step.
func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return whole.Write(path, append(data, '\n'))
}
