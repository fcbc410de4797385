package lookout

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seawall-project/seawall/internal/app/desk"
)

// AliasesName is what the operator's table of aliases is called, in the state folder: two columns, "host" and "site", where site is the name or
// the host of a watched site.
const AliasesName = "aliases.csv"

// maxAliases bounds that table.
const maxAliases = 10_000

// Aliases returns the other hosts of each site by that table, under the site's name or host as it is written there; none where there is no table.
func Aliases(state string) (map[string][]string, error) {
	f, err := os.Open(filepath.Join(state, AliasesName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comment = 2, true, '#'
	aliases := make(map[string][]string)
	for n := 0; ; n++ {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return aliases, nil
		case err != nil:
			return nil, desk.Refuse("%s: %v", AliasesName, err)
		case n > maxAliases:
			return nil, desk.Refuse("%s has more than %d rows", AliasesName, maxAliases)
		case n == 0 && strings.EqualFold(row[0], "host"):
			continue
		}
		aliases[row[1]] = append(aliases[row[1]], row[0])
	}
}
