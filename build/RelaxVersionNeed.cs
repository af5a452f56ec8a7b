using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a 64-bit little-endian ELF library and marks one version that it needs as weak (VER_FLG_WEAK in the entry's vna_flags),
/// so that a loader whose libraries lack that version loads it all the same. Refuses where a relocation uses a symbol of that version:
/// such a library really needs it. Layout: System V ABI, "Symbol Versioning" (gnu.version_r), section types from elf.h.
/// </summary>
public sealed class RelaxVersionNeed : Task
{
    private const uint SectionTypeRelocationsWithAddends = 4, SectionTypeVersionNeeds = 0x6ffffffe, SectionTypeVersions = 0x6fffffff;
    private const ushort WeakFlag = 2;

    [Required] public string Source { get; set; }
    [Required] public string Destination { get; set; }
    [Required] public string Version { get; set; }

    public override bool Execute()
    {
        byte[] file = File.ReadAllBytes(Source);
        if (file.Length < 64 || BitConverter.ToUInt32(file, 0) != 0x464C457F || file[4] != 2 || file[5] != 1)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file; expected TorchSharp's native library.", Source);
            return false;
        }
        try
        {
            ushort index = MarkWeak(file);
            if (index != 0 && UsedByRelocation(file, index))
            {
                Log.LogError("{0} uses a symbol of {1}: it needs a newer libstdc++ than this build can promise. Take another TorchSharp version.", Source, Version);
                return false;
            }
        }
        catch (Exception e) when (e is ArgumentException || e is IndexOutOfRangeException || e is OverflowException)
        {
            Log.LogError("{0} is not a well-formed ELF file: {1}", Source, e.Message);
            return false;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        string beside = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(beside, file);
        if (File.Exists(Destination)) File.Delete(Destination);
        File.Move(beside, Destination);
        return true;
    }

    /// <summary>Sets the flag; returns the version's index in the table of symbol versions, 0 where the file does not name it.</summary>
    private ushort MarkWeak(byte[] file)
    {
        foreach (Section section in Sections(file))
        {
            if (section.Type != SectionTypeVersionNeeds) continue;
            int strings = SectionAt(file, section.Link).Offset;
            for (int need = section.Offset; ;)
            {
                int entries = BitConverter.ToUInt16(file, need + 2);
                int entry = need + checked((int)BitConverter.ToUInt32(file, need + 8));
                for (int i = 0; i < entries; i++)
                {
                    if (StringAt(file, strings + checked((int)BitConverter.ToUInt32(file, entry + 8))) == Version)
                    {
                        file[entry + 4] |= (byte)WeakFlag;
                        return BitConverter.ToUInt16(file, entry + 6);
                    }
                    entry += checked((int)BitConverter.ToUInt32(file, entry + 12));
                }
                uint next = BitConverter.ToUInt32(file, need + 12);
                if (next == 0) break;
                need += checked((int)next);
            }
        }
        return 0;
    }

    private static bool UsedByRelocation(byte[] file, ushort versionIndex)
    {
        int versions = -1, count = 0;
        foreach (Section section in Sections(file))
            if (section.Type == SectionTypeVersions) { versions = section.Offset; count = section.Size / 2; }
        if (versions < 0) return false;
        foreach (Section section in Sections(file))
        {
            if (section.Type != SectionTypeRelocationsWithAddends) continue;
            for (int at = section.Offset; at < section.Offset + section.Size; at += 24)
            {
                uint symbol = BitConverter.ToUInt32(file, at + 12);
                if (symbol < count && (BitConverter.ToUInt16(file, versions + 2 * (int)symbol) & 0x7fff) == versionIndex) return true;
            }
        }
        return false;
    }

    private struct Section { public uint Type, Link; public int Offset, Size; }

    private static IEnumerable<Section> Sections(byte[] file)
    {
        int count = BitConverter.ToUInt16(file, 60);
        for (int i = 0; i < count; i++) yield return SectionAt(file, (uint)i);
    }

    private static Section SectionAt(byte[] file, uint index)
    {
        int header = checked((int)BitConverter.ToUInt64(file, 40)) + checked((int)index) * BitConverter.ToUInt16(file, 58);
        return new Section
        {
            Type = BitConverter.ToUInt32(file, header + 4),
            Offset = checked((int)BitConverter.ToUInt64(file, header + 24)),
            Size = checked((int)BitConverter.ToUInt64(file, header + 32)),
            Link = BitConverter.ToUInt32(file, header + 40),
        };
    }

    private static string StringAt(byte[] file, int at)
    {
        int end = Array.IndexOf(file, (byte)0, at);
        return Encoding.ASCII.GetString(file, at, end - at);
    }
}
