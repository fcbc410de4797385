package engine

import "testing"

func TestRoom(t *testing.T) {
	const gib = 1 << 30
	for _, tt := range []struct {
		name          string
		memory, files uint64
		want          int
	}{
		{"small machine", 2 * gib, 524288, 8192},
		{"few files", 64 * gib, 1024, 512},
		{"some files", 64 * gib, 65536, 61440},
		{"hardly any", 64 * gib, 16, 64},
		{"little memory", 32 << 20, 524288, 128},
		{"no limit on files", 8 * gib, 1<<64 - 1, 32768},
		{"memory unknown", 0, 65536, 61440},
		{"files unknown", 8 * gib, 0, 32768},
		{"nothing known", 0, 0, 8192},
	} {
		if got := room(tt.memory, tt.files); got != tt.want {
			t.Errorf("%s: room for %d, want %d", tt.name, got, tt.want)
		}
	}
	if got := Room(); got < minConns {
		t.Errorf("room for %d here, want at least %d", got, minConns)
	}
}
