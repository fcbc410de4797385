package pile

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/therootcompany/xz"
)

// file hands on what lies at a path that is no folder.
func (w *walk) file(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	place := Place{Path: name}
	packed := bufio.NewReaderSize(f, 64<<10)
	if head, _ := packed.Peek(len(xzMagic)); string(head) != xzMagic {
		return w.one(ctx, place, &counted{packed, w})
	}
	unpacked, err := xz.NewReader(packed, MaxDictionary)
	if err != nil {
		return w.tell(ctx, File{Place: place, Err: unpackError(err), Whole: true})
	}
	plain := bufio.NewReaderSize(&counted{unpacked, w}, 64<<10)
	head, err := plain.Peek(tarBlock)
	if err != nil && !errors.Is(err, io.EOF) {
		return w.broken(ctx, place, err)
	}
	if len(head) < tarBlock || !bytes.HasPrefix(head[tarMagicAt:], []byte("ustar")) {
		return w.one(ctx, place, plain)
	}
	return w.archive(ctx, place, tar.NewReader(plain))
}

const (
	xzMagic    = "\xfd7zXZ\x00" // the .xz file format, section 2.1.1.1
	tarBlock   = 512
	tarMagicAt = 257 // POSIX.1-2008, pax, ustar interchange format
)

// archive hands on every member.
func (w *walk) archive(ctx context.Context, place Place, members *tar.Reader) error {
	for {
		head, err := members.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return w.broken(ctx, place, err)
		}
		if head.Typeflag != tar.TypeReg {
			if w.members++; w.members > w.limits.Members { // a link costs nothing to write and something to read
				return w.full(File{Place: place, Err: fmt.Errorf("more than %d: %w", w.limits.Members, ErrTooMany)})
			}
			continue
		}
		at := Place{Path: place.Path, Member: path.Clean(strings.ToValidUTF8(head.Name, "�"))}
		if head.Size > w.limits.Member {
			err = w.tell(ctx, File{Place: at, Err: fmt.Errorf("%d bytes: %w", head.Size, ErrTooLarge)})
		} else {
			err = w.one(ctx, at, members)
		}
		if err != nil {
			if errors.Is(err, errBroken) {
				return nil
			}
			return err
		}
	}
}

// errBroken says that what follows in an archive cannot be read, and that this was told.
var errBroken = errors.New("broken")

// one hands on what r yields to its end.
func (w *walk) one(ctx context.Context, place Place, r io.Reader) error {
	b := bytes.NewBuffer(w.buffer[:0])
	n, err := io.Copy(b, io.LimitReader(r, w.limits.Member+1))
	w.buffer = b.Bytes()
	switch {
	case err != nil:
		if err = w.broken(ctx, place, err); err == nil && place.Member != "" {
			err = errBroken
		}
		return err
	case n > w.limits.Member:
		return w.tell(ctx, File{Place: place, Err: fmt.Errorf("more than %d bytes: %w", w.limits.Member, ErrTooLarge)})
	}
	return w.tell(ctx, File{Place: place, Data: w.buffer})
}

// broken tells that reading went wrong.
func (w *walk) broken(ctx context.Context, place Place, err error) error {
	if errors.Is(err, errFull) {
		return w.full(File{Place: place, Err: w.tooMuch()})
	}
	return w.tell(ctx, File{Place: place, Err: unpackError(err), Whole: true})
}

// unpackError is the error of an archive that cannot be read: in our words, for those of its reader may hold its bytes.
func unpackError(err error) error {
	if errors.Is(err, xz.ErrMemlimit) {
		return fmt.Errorf("dictionary of more than %d bytes: %w", MaxDictionary, ErrTooLarge)
	}
	return fmt.Errorf("unpack: %w", ErrDamaged)
}

// counted reads on account of the walk.
type counted struct {
	io.Reader
	walk *walk
}

func (c *counted) Read(p []byte) (int, error) {
	if c.walk.total > c.walk.limits.Total {
		return 0, errFull
	}
	n, err := c.Reader.Read(p)
	c.walk.total += int64(n)
	return n, err
}
