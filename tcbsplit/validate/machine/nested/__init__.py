"""Run machines with KVM in a Linux that QEMU emulates."""
