/* Says "ready" on its first serial port, and then does what it is told by one byte. */

.section .text
.align 4
.long 0x1BADB002, 0, -0x1BADB002
.globl _start
_start:
    mov $stack, %esp
    mov $0x3f8, %ebx            /* the port that is spoken to */
    call setup
    mov $0x2f8, %ebx
    call setup
    mov $0x3f8, %ebx
    mov $ready, %esi
    call say
next:
    mov $0x3f8, %ebx
    call get
    cmp $'q', %al
    je shut
    cmp $'r', %al
    je reset
    cmp $'t', %al
    je triple
    cmp $'f', %al
    je flood
    cmp $'l', %al
    je log
    cmp $'h', %al
    je halt
    cmp $'s', %al
    je screen
    cmp $'d', %al
    je disk
    cmp $'2', %al
    jne next
    mov $0x2f8, %ebx            /* says a line of the second port again, reading slowly */
2:  mov $200000, %ecx
    loop .
    call get
    call put
    cmp $13, %al
    jne 2b
    jmp next
shut:
    mov $shutdown, %esi
    mov $0x8900, %dx
1:  lodsb
    out %al, %dx
    test %al, %al
    jnz 1b
    jmp halt
reset:
    mov $0xfe, %al
    out %al, $0x64
halt:
    cli
    hlt
    jmp halt
triple:
    lidt nothing
    int3
flood:
    xor %ecx, %ecx
1:  mov %cl, %al
    and $63, %al
    add $48, %al
    call put
    inc %ecx
    jmp 1b
log:
    mov $0x1234567, %ecx        /* no such register: a line of the log each */
    rdmsr
    jmp log
screen:
    mov $8, %ebp                /* more than a terminal holds, bold and not by turns */
1:  mov $0xb8000, %edi
    mov $1000, %ecx
    mov %ebp, %eax
    shl $16, %eax
    or $0x07410f41, %eax
    xor $0x00010000, %eax
    rep stosl
    mov $10000000, %ecx
    loop .
    dec %ebp
    jnz 1b
    mov $drawn, %esi
    call say
    jmp next
disk:
    mov $0x1f6, %dx             /* sector 1 of the first disk: command "write", 256 words */
    mov $0xe0, %al
    out %al, %dx
    mov $0x1f2, %dx
    mov $1, %al
    out %al, %dx
    inc %dx
    out %al, %dx
    xor %al, %al
    inc %dx
    out %al, %dx
    inc %dx
    out %al, %dx
    mov $0x1f7, %dx
    mov $0x30, %al
    out %al, %dx
1:  in %dx, %al
    and $0x88, %al
    cmp $8, %al
    jne 1b
    mov $0x1f0, %dx
    mov $256, %ecx
    mov $0x5757, %ax
1:  out %ax, %dx
    loop 1b
    mov $drawn, %esi
    call say
    jmp next

setup:                          /* 8 bits, no parity; FIFOs on: unlike QEMU, Bochs heeds it */
    lea 3(%ebx), %edx
    mov $3, %al
    out %al, %dx
    lea 2(%ebx), %edx
    mov $1, %al
    out %al, %dx
    ret
say:
    lodsb
    test %al, %al
    jz 1f
    call put
    jmp say
1:  ret
put:
    mov %al, %ah
    lea 5(%ebx), %edx
1:  in %dx, %al
    test $0x20, %al
    jz 1b
    mov %ah, %al
    mov %ebx, %edx
    out %al, %dx
    ret
get:
    lea 5(%ebx), %edx
1:  in %dx, %al
    test $1, %al
    jz 1b
    mov %ebx, %edx
    in %dx, %al
    ret
ready: .asciz "ready\n"
drawn: .asciz "drawn\n"
shutdown: .asciz "Shutdown"
.align 8
nothing: .long 0, 0
.bss
.skip 4096
stack:
