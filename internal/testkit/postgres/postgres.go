// Package postgres starts a PostgreSQL server for a test, in a folder of its own, on a Unix socket alone, as a user without rights.
//
// The programs initdb and postgres are looked for in PATH and where Debian puts them. Without them the test ends as require.Need says.
package postgres

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/seawall-project/seawall/internal/testkit/require"
)

// debian is where Debian's packages have the programs, for each version.
const debian = "/usr/lib/postgresql/*/bin"

// Server is a running server.
type Server struct {
	folder string // of its socket
}

// Start starts a server that ends with the test.
func Start(t *testing.T) *Server {
	t.Helper()
	initdb, server := find("initdb"), find("postgres")
	require.Need(t, require.PostgresName, "initdb and postgres are neither in PATH nor in "+debian, initdb != "" && server != "")
	return start(t, initdb, server)
}

// find returns the path of a program, that of the latest version where there are several, "" when there is none.
func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	all, _ := filepath.Glob(filepath.Join(debian, name))
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// URL names a database of the server, as libpq reads it.
func (s *Server) URL(database string) string {
	return "host=" + s.folder + " user=" + superuser + " dbname=" + database
}

// superuser is the one role that the server has.
const superuser = "seawall"
