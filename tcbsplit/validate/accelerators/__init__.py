"""What runs the machine of a boot: KVM, KVM in an emulated machine, QEMU's TCG, Bochs."""
