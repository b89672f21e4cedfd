import type { CreationOptional, InferAttributes, InferCreationAttributes } from 'sequelize'
import { Column, DataType, Model, Table } from 'sequelize-typescript'

export type AudienceKind = 'everyone' | 'list' | 'registered_before' | 'registered_after'

@Table({
  tableName: 'coupons',
  paranoid: true,
  underscored: true,
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  deletedAt: 'deleted_at',
})
export class Coupon extends Model<InferAttributes<Coupon>, InferCreationAttributes<Coupon>> {
  /** A bigint, which JavaScript reads as text. */
  @Column({ type: DataType.BIGINT, primaryKey: true, autoIncrement: true })
  declare id: CreationOptional<string>

  @Column({ type: DataType.STRING(255), allowNull: false })
  declare name: string

  @Column({ type: DataType.INTEGER, allowNull: false })
  declare amount: number

  @Column({ type: DataType.INTEGER, allowNull: false })
  declare remaining_amount: number

  @Column({ type: DataType.DATE })
  declare starts_at: CreationOptional<Date | null>

  @Column({ type: DataType.DATE })
  declare ends_at: CreationOptional<Date | null>

  @Column({ type: DataType.BOOLEAN })
  declare paused: CreationOptional<boolean>

  @Column({ type: DataType.BOOLEAN })
  declare reclaimable: CreationOptional<boolean>

  @Column({ type: DataType.TEXT })
  declare audience_kind: CreationOptional<AudienceKind>

  @Column({ type: DataType.DATE })
  declare audience_at: CreationOptional<Date | null>

  /** Under which `audience_members` has the list. */
  @Column({ type: DataType.BIGINT })
  declare audience_id: CreationOptional<string | null>

  @Column({ type: DataType.INTEGER })
  declare audience_size: CreationOptional<number | null>
}
