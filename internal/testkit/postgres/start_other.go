//go:build !unix

package postgres

import (
	"testing"

	"github.com/seawall-project/seawall/internal/testkit/require"
)

func start(t *testing.T, _, _ string) *Server {
	t.Helper()
	require.Need(t, require.PostgresName, "a server is started on Unix only", false)
	return nil
}
