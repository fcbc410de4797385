//go:build !linux

package main

import "errors"

func manyFiles() error { return errors.ErrUnsupported }
