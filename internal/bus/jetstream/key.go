package jetstream

import (
	"bytes"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// NewKey makes the key of a vantage: its seed, which the agent keeps and nobody else, and its public half.
func NewKey() (seed, public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", fmt.Errorf("make a key: %w", err)
	}
	defer pair.Wipe()
	s, err := pair.Seed()
	if err != nil {
		return "", "", fmt.Errorf("make a key: %w", err)
	}
	public, err = pair.PublicKey()
	return string(s), public, err
}

// maxKeyFile is the most that a file with a key may hold, in bytes.
const maxKeyFile = 64 << 10

// ReadSeed reads a file that holds a seed, in a line of its own among comments or between the marks that nsc writes. Errors do not quote it.
func ReadSeed(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if info.Size() > maxKeyFile {
		return nil, fmt.Errorf("read key %s: longer than %d bytes", path, maxKeyFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	defer clear(text)
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if pair, err := nkeys.FromSeed(line); err == nil {
			if public, err := pair.PublicKey(); err == nil && nkeys.IsValidPublicUserKey(public) {
				return bytes.Clone(line), nil
			}
		}
	}
	return nil, fmt.Errorf("read key %s: no line is the seed of a user's nkey, which begins with SU", path)
}

// credentials returns how the connection says who it is by a file: one that nsc wrote, with a JWT, or a plain seed.
func credentials(path string) (nats.Option, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	defer clear(text)
	if bytes.Contains(text, []byte("NATS USER JWT")) {
		return nats.UserCredentials(path), nil
	}
	seed, err := ReadSeed(path)
	if err != nil {
		return nil, err
	}
	o := ConnectOptions{Seed: seed}
	return o.key()
}
