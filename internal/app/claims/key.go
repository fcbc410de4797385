package claims

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/claim/ledger"
)

// The files of the ledger's private key, in the state folder: PKCS #8 in PEM, for their owner alone. The second is there while the key changes.
const (
	KeyName  = "ledger.key"
	nextName = "ledger.key.next"
	keyMode  = 0o600
	pemType  = "PRIVATE KEY"
)

// abandoned is how old a new key is that nobody will put into its place any more: the ledger never came to speak of it.
const abandoned = time.Hour

// Key is the public key that the ledger is checked with.
type Key struct {
	Key     ledger.PublicKey `json:"key"`
	Rotated bool             `json:"rotated"`
	Entry   uint64           `json:"entry,omitempty"` // of the ledger, that says so
}

// Rotating asks for the key, and for a new one.
type Rotating struct {
	Rotate bool `json:"rotate,omitempty"`
}

// key returns the private key, which is made on first use.
func (d *Desk) key(ctx context.Context) (ed25519.PrivateKey, error) {
	if err := os.MkdirAll(d.State, 0o700); err != nil {
		return nil, err
	}
	if err := d.finishRotation(ctx); err != nil {
		return nil, err
	}
	path := filepath.Join(d.State, KeyName)
	k, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	last, err := d.Store.LastEntry(ctx)
	if err != nil {
		return nil, err
	}
	if last.Number > 0 {
		return nil, fmt.Errorf("the ledger has %d entries and its key, %s, is gone: restore it from a backup", last.Number, path)
	}
	if err := makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readKey(path)
}

// makeKey makes a key file whole, or not at all; [fs.ErrExist] when there is one.
func makeKey(path string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".ledger-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = errors.Join(pem.Encode(f, &pem.Block{Type: pemType, Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

// readKey reads a key file. What is wrong with it is said without a byte of it. On systems with modes a file that others may read is refused.
func readKey(path string) (ed25519.PrivateKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := onlyOwners(path); err != nil {
		return nil, err
	}
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != pemType || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%s holds no private key", path)
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s holds no private key", path)
	}
	private, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a key of another kind than Ed25519", path)
	}
	return private, nil
}

// showKey prints the public key, or makes a new one and notes it in the ledger.
func (d *Desk) showKey(ctx context.Context, in Rotating) (Key, error) {
	k, err := d.key(ctx)
	if err != nil || !in.Rotate {
		if err != nil {
			return Key{}, err
		}
		return Key{Key: ledger.PublicOf(k)}, nil
	}
	next := filepath.Join(d.State, nextName)
	if info, err := os.Stat(next); err == nil && d.Now().Sub(info.ModTime()) > abandoned {
		if err := os.Remove(next); err != nil {
			return Key{}, err
		}
	}
	if err := makeKey(next); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return Key{}, desk.Refuse("the key is being changed by somebody else")
		}
		return Key{}, err
	}
	newer, err := readKey(next)
	if err != nil {
		return Key{}, err
	}
	content, err := ledger.Rotate(k, newer)
	if err != nil {
		return Key{}, err
	}
	entry, err := d.record(ctx, func(w *writer) error {
		w.add(ledger.KindKey, content)
		return nil
	})
	if err != nil {
		return Key{}, errors.Join(err, os.Remove(next))
	}
	return Key{Key: ledger.PublicOf(newer), Rotated: true, Entry: entry}, d.finishRotation(ctx)
}

// finishRotation puts a new key into its place once the ledger says that it signs from now on. The one before is gone then.
func (d *Desk) finishRotation(ctx context.Context) error {
	next := filepath.Join(d.State, nextName)
	newer, err := readKey(next)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := d.Store.LastEntry(ctx)
	if err != nil || last.Kind != ledger.KindKey {
		return err // it is on its way, or never came to be: nobody uses it
	}
	c, err := d.Store.LedgerContent(ctx, last.Number)
	if err != nil {
		return err
	}
	var r ledger.Rotation
	if err := json.Unmarshal(c.Bytes, &r); err != nil || r.New != ledger.PublicOf(newer) {
		return err
	}
	return os.Rename(next, filepath.Join(d.State, KeyName))
}
